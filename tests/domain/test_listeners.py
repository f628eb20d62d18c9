"""All that listens is told, with where the settings name it."""

from domain.listeners import DOORS, listeners_of
from domain.settings import DeskSettings, NodeSettings, Settings


def test_every_address_of_the_settings_is_a_listener() -> None:
    """A listener that somebody adds to the settings is one that operators hear of."""
    settings = Settings(desk=DeskSettings(), node=(NodeSettings(radsec="127.0.0.1:2083"),))
    named = {one.setting for one in listeners_of(settings)}
    addresses = {
        name
        for section in (DeskSettings, NodeSettings)
        for name, field in section.model_fields.items()
        if name not in ("name", "tls", "grpc_tls", "machine") and field.annotation is str
    }
    assert named == addresses


def test_what_is_left_out_does_not_listen_and_tls_is_told() -> None:
    node = NodeSettings(name="edge", sip="", radius_auth="", radius_acct="", enum="", grpc_tls=True)
    found = listeners_of(Settings(desk=DeskSettings(metrics=""), node=(node,)))
    assert [(one.owner, one.door, one.transport) for one in found] == [
        ("desk", "operators' gRPC", "TCP"),
        ("edge", "SIP", "TLS"),
        ("edge", "Switch gRPC", "TLS"),
    ]


def test_a_listener_says_where_the_settings_name_it() -> None:
    where = [(one.setting, one.section) for one in listeners_of(Settings())]
    assert where[:2] == [("listen", "[desk]"), ("metrics", "[desk]")]
    assert ("sip_tls", "[[node]] node-0") in where
    assert set(DOORS) >= {one.setting for one in listeners_of(Settings()) if one.owner != "desk"}
