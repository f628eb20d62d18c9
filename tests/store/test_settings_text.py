"""Settings written as a file say what they said."""

from pathlib import Path

from pydantic import SecretStr

from domain.settings import NodeSettings, Settings, ShardSettings, StoreSettings
from domain.source_settings import MailboxSettings, SheetsSettings
from store.settings_file import NAME, settings_of_file
from store.settings_text import settings_text

ALL_KINDS = Settings.model_validate({
    "clock": {"speed": 2.5, "settable": True},
    "store": {"url": "postgresql+psycopg://board:s%21@db/x", "books": 4, "password_file": ""},
    "sip": {"realm": 'a "quoted" \\ é\x7f realm', "digests": ["MD5"]},
    "node": [{}, {"name": "node-1", "sip": "127.0.0.2:5060", "sip_tls": "", "radius_auth": "", "radius_acct": "",
                  "enum": "", "grpc": "", "machine": "second"}],
    "shard": [{"name": "shard-1", "machine": "second"}],
    "cluster": {"address": "10.0.0.1"},
    "sheets": {"folder": [{"path": "/srv/a", "plan": "a"}, {"path": "/srv/b"}],
               "mailbox": {"host": "mail", "port": 143}},
})  # fmt: skip


def read_back(folder: Path, settings: Settings, password: str = "") -> Settings:
    (folder / NAME).write_text(settings_text(settings, password), "utf-8")
    return settings_of_file(folder / NAME)


def test_every_kind_of_setting_comes_back(tmp_path: Path) -> None:
    assert read_back(tmp_path, ALL_KINDS, "s!") == ALL_KINDS
    assert read_back(tmp_path, Settings()) == Settings()
    assert len(ALL_KINDS.node) == 2 and isinstance(ALL_KINDS.node[0], NodeSettings)
    assert isinstance(ALL_KINDS.shard[0], ShardSettings)


def test_a_password_is_written_only_where_it_is_given(tmp_path: Path) -> None:
    mailbox = MailboxSettings(host="mail", password=SecretStr("hidden"))
    settings = Settings(store=StoreSettings(password=SecretStr("hidden")), sheets=SheetsSettings(mailbox=mailbox))
    assert "hidden" not in settings_text(ALL_KINDS) + settings_text(settings) and "**" not in settings_text(settings)
    assert read_back(tmp_path, settings).store == StoreSettings()
