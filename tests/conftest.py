"""What all tests share: Hypothesis without deadlines, since no test of ours depends on speed."""

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
