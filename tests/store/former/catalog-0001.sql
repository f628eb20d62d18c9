-- A catalog as commit b03d7d3 left it, dumped by SQLite.
BEGIN TRANSACTION;
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at_ms BIGINT NOT NULL, 
	who VARCHAR NOT NULL, 
	noun VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1793491200000,'ada','plan','sell','add',NULL,'{"crossing":"start","currency":"USD","decimals":8,"holidays":[],"plan":"sell","rounding":"half_up","seconds":"ceil","windows":[],"zone":"UTC"}');
INSERT INTO "audit" VALUES(2,1793491200000,'ada','plan','buy','add',NULL,'{"crossing":"start","currency":"USD","decimals":8,"holidays":[],"plan":"buy","rounding":"half_up","seconds":"ceil","windows":[],"zone":"UTC"}');
INSERT INTO "audit" VALUES(3,1793491200000,'ada','plan','sell','add-rates',NULL,'{"added":2,"ended":0,"known_ms":1793491200000,"unchanged":0,"version":2}');
INSERT INTO "audit" VALUES(4,1793491200000,'ada','plan','buy','add-rates',NULL,'{"added":1,"ended":0,"known_ms":1793491200000,"unchanged":0,"version":2}');
INSERT INTO "audit" VALUES(5,1793491200000,'ada','switch','sw1','add',NULL,'{"address":"127.0.0.41","id":"sw1","recipe":{"attempt_attribute":"","attempt_in_leg_id":false,"call_id_attributes":["h323-conf-id"],"can_disconnect":false,"cause_base":16,"delay_is_alert":false,"echoes_mark":false,"enforces_time":true,"interim_s":0,"mark_attribute":"mark","name":"cisco","raw_hash":false,"remote_in_leg_id":false,"repeat_names":true,"reports_end":true,"reports_vendor_legs":true,"routes_attribute":"h323-ivr-in","sends_interims":false,"setup_in_leg_id":true,"start_is_answer":false,"trunk_attribute":"in-trunkgroup-label","vendor_trunk_attribute":"out-trunkgroup-label","zone":"UTC"},"require_message_authenticator":false,"secret":""}');
INSERT INTO "audit" VALUES(6,1793491200000,'ada','partner','orbita','add',NULL,'{"buy_plan":null,"credit_limit":100000000000,"currency":"USD","id":"orbita","max_calls":null,"max_cps":null,"name":"Orbita","outage":"refuse","policy":"default","prepaid":false,"sell_plan":"sell","status":"active","zone":"UTC"}');
INSERT INTO "audit" VALUES(7,1793491200000,'ada','partner','kestrel','add',NULL,'{"buy_plan":"buy","credit_limit":0,"currency":"USD","id":"kestrel","max_calls":null,"max_cps":null,"name":"Kestrel","outage":"refuse","policy":"default","prepaid":false,"sell_plan":null,"status":"active","zone":"UTC"}');
INSERT INTO "audit" VALUES(8,1793491200000,'ada','trunk','orbita-in','add',NULL,'{"direction":"in","enabled":true,"host":"","id":"orbita-in","max_calls":null,"max_cps":null,"name":"","partner":"orbita","plan":null,"port":5060,"rules":{"add":"","country":"","international":["+","00","011"],"national_prefix":"","strip":0,"tech_prefix":""},"switch":"sw1"}');
INSERT INTO "audit" VALUES(9,1793491200000,'ada','trunk','kestrel-out','add',NULL,'{"direction":"out","enabled":true,"host":"192.0.2.1","id":"kestrel-out","max_calls":null,"max_cps":null,"name":"","partner":"kestrel","plan":null,"port":5060,"rules":{"add":"","country":"","international":["+","00","011"],"national_prefix":"","strip":0,"tech_prefix":""},"switch":null}');
CREATE TABLE catalog_schema (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT catalog_schema_pkc PRIMARY KEY (version_num)
);
INSERT INTO "catalog_schema" VALUES('0001');
CREATE TABLE code (
	id INTEGER NOT NULL, 
	code VARCHAR NOT NULL, 
	destination INTEGER NOT NULL, 
	valid_from_ms BIGINT NOT NULL, 
	valid_until_ms BIGINT, 
	CONSTRAINT pk_code PRIMARY KEY (id), 
	CONSTRAINT fk_code_destination FOREIGN KEY(destination) REFERENCES destination (id)
);
CREATE TABLE contact (
	id INTEGER NOT NULL, 
	partner VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	email VARCHAR NOT NULL, 
	CONSTRAINT pk_contact PRIMARY KEY (id), 
	CONSTRAINT fk_contact_partner FOREIGN KEY(partner) REFERENCES partner (id)
);
CREATE TABLE contract (
	partner VARCHAR NOT NULL, 
	currency VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	prepaid BOOLEAN NOT NULL, 
	credit_limit BIGINT NOT NULL, 
	max_calls INTEGER, 
	max_cps INTEGER, 
	outage VARCHAR NOT NULL, 
	legal_entity VARCHAR NOT NULL, 
	cycle VARCHAR NOT NULL, 
	pay_days INTEGER NOT NULL, 
	increase_notice_days INTEGER NOT NULL, 
	new_code_notice_days INTEGER NOT NULL, 
	decrease_notice_days INTEGER NOT NULL, 
	closing_notice_days INTEGER NOT NULL, 
	CONSTRAINT pk_contract PRIMARY KEY (partner), 
	CONSTRAINT fk_contract_partner FOREIGN KEY(partner) REFERENCES partner (id)
);
INSERT INTO "contract" VALUES('orbita','USD','UTC',0,100000000000,NULL,NULL,'refuse','main','month',30,7,1,0,7);
INSERT INTO "contract" VALUES('kestrel','USD','UTC',0,0,NULL,NULL,'refuse','main','month',30,7,1,0,7);
CREATE TABLE destination (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	CONSTRAINT pk_destination PRIMARY KEY (id), 
	CONSTRAINT uq_destination_name UNIQUE (name)
);
CREATE TABLE fx_rate (
	currency VARCHAR NOT NULL, 
	from_ms BIGINT NOT NULL, 
	rate BIGINT NOT NULL, 
	source VARCHAR NOT NULL, 
	CONSTRAINT pk_fx_rate PRIMARY KEY (currency, from_ms)
);
CREATE TABLE house (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_house PRIMARY KEY (name)
);
INSERT INTO "house" VALUES('base_currency','USD');
INSERT INTO "house" VALUES('books','1');
CREATE TABLE invoice (
	number VARCHAR NOT NULL, 
	legal_entity VARCHAR NOT NULL, 
	counter BIGINT NOT NULL, 
	partner VARCHAR NOT NULL, 
	from_ms BIGINT NOT NULL, 
	to_ms BIGINT NOT NULL, 
	currency VARCHAR NOT NULL, 
	total BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	issued_ms BIGINT NOT NULL, 
	due_ms BIGINT NOT NULL, 
	pdf_file VARCHAR NOT NULL, 
	csv_file VARCHAR NOT NULL, 
	CONSTRAINT pk_invoice PRIMARY KEY (number), 
	CONSTRAINT fk_invoice_partner FOREIGN KEY(partner) REFERENCES partner (id), 
	CONSTRAINT uq_invoice_legal_entity_counter UNIQUE (legal_entity, counter)
);
CREATE TABLE job (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	args TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	step VARCHAR NOT NULL, 
	done BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	queued_ms BIGINT NOT NULL, 
	started_ms BIGINT, 
	ended_ms BIGINT, 
	error VARCHAR NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id)
);
CREATE TABLE partner (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	policy VARCHAR NOT NULL, 
	sell_plan VARCHAR, 
	buy_plan VARCHAR, 
	CONSTRAINT pk_partner PRIMARY KEY (id), 
	CONSTRAINT fk_partner_buy_plan FOREIGN KEY(buy_plan) REFERENCES "plan" (id), 
	CONSTRAINT fk_partner_policy FOREIGN KEY(policy) REFERENCES policy (name), 
	CONSTRAINT fk_partner_sell_plan FOREIGN KEY(sell_plan) REFERENCES "plan" (id)
);
INSERT INTO "partner" VALUES('orbita','Orbita','active','default','sell',NULL);
INSERT INTO "partner" VALUES('kestrel','Kestrel','active','default',NULL,'buy');
CREATE TABLE "plan" (
	id VARCHAR NOT NULL, 
	side VARCHAR NOT NULL, 
	currency VARCHAR NOT NULL, 
	version BIGINT NOT NULL, 
	rules TEXT NOT NULL, 
	CONSTRAINT pk_plan PRIMARY KEY (id)
);
INSERT INTO "plan" VALUES('sell','sell','USD',2,'{"plan":"sell","currency":"USD","zone":"UTC","crossing":"start","seconds":"ceil","decimals":8,"rounding":"half_up","windows":[],"holidays":[]}');
INSERT INTO "plan" VALUES('buy','buy','USD',2,'{"plan":"buy","currency":"USD","zone":"UTC","crossing":"start","seconds":"ceil","decimals":8,"rounding":"half_up","windows":[],"holidays":[]}');
CREATE TABLE plan_version (
	"plan" VARCHAR NOT NULL, 
	version BIGINT NOT NULL, 
	known_ms BIGINT NOT NULL, 
	added INTEGER NOT NULL, 
	ended INTEGER NOT NULL, 
	CONSTRAINT pk_plan_version PRIMARY KEY ("plan", version), 
	CONSTRAINT fk_plan_version_plan FOREIGN KEY("plan") REFERENCES "plan" (id)
);
INSERT INTO "plan_version" VALUES('sell',1,1793491200000,0,0);
INSERT INTO "plan_version" VALUES('buy',1,1793491200000,0,0);
INSERT INTO "plan_version" VALUES('sell',2,1793491200000,2,0);
INSERT INTO "plan_version" VALUES('buy',2,1793491200000,1,0);
CREATE TABLE policy (
	name VARCHAR NOT NULL, 
	vendors TEXT NOT NULL, 
	min_margin_bp INTEGER NOT NULL, 
	max_routes INTEGER NOT NULL, 
	CONSTRAINT pk_policy PRIMARY KEY (name)
);
INSERT INTO "policy" VALUES('default','[]',0,8);
CREATE TABLE rate (
	id INTEGER NOT NULL, 
	"plan" VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	rate_type VARCHAR NOT NULL, 
	valid_from_ms BIGINT NOT NULL, 
	valid_until_ms BIGINT, 
	known_from_ms BIGINT NOT NULL, 
	known_until_ms BIGINT, 
	blocked BOOLEAN NOT NULL, 
	first_price BIGINT NOT NULL, 
	next_price BIGINT NOT NULL, 
	first_s INTEGER NOT NULL, 
	next_s INTEGER NOT NULL, 
	connect_fee BIGINT NOT NULL, 
	attempt_fee BIGINT NOT NULL, 
	minimum_charge BIGINT NOT NULL, 
	grace_s INTEGER NOT NULL, 
	free_s INTEGER NOT NULL, 
	CONSTRAINT pk_rate PRIMARY KEY (id), 
	CONSTRAINT fk_rate_plan FOREIGN KEY("plan") REFERENCES "plan" (id)
);
INSERT INTO "rate" VALUES(1,'sell','44','any',0,NULL,1793491200000,NULL,0,2940000,2940000,1,1,0,0,0,0,0);
INSERT INTO "rate" VALUES(2,'sell','447','any',0,NULL,1793491200000,NULL,0,50000000,50000000,1,1,0,0,0,0,0);
INSERT INTO "rate" VALUES(3,'buy','44','any',0,NULL,1793491200000,NULL,0,2000000,2000000,1,1,0,0,0,0,0);
CREATE TABLE reference_version (
	version INTEGER NOT NULL, 
	known_ms BIGINT NOT NULL, 
	source VARCHAR NOT NULL, 
	CONSTRAINT pk_reference_version PRIMARY KEY (version)
);
CREATE TABLE snapshot (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	version BIGINT NOT NULL, 
	answers BIGINT NOT NULL, 
	file VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	published_ms BIGINT NOT NULL, 
	CONSTRAINT pk_snapshot PRIMARY KEY (id)
);
CREATE TABLE switch (
	id VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	recipe TEXT NOT NULL, 
	secret VARCHAR NOT NULL, 
	require_message_authenticator BOOLEAN NOT NULL, 
	CONSTRAINT pk_switch PRIMARY KEY (id), 
	CONSTRAINT uq_switch_address UNIQUE (address)
);
INSERT INTO "switch" VALUES('sw1','127.0.0.41','{"name":"cisco","reports_end":true,"reports_vendor_legs":true,"echoes_mark":false,"setup_in_leg_id":true,"remote_in_leg_id":false,"attempt_in_leg_id":false,"sends_interims":false,"can_disconnect":false,"enforces_time":true,"cause_base":16,"zone":"UTC","call_id_attributes":["h323-conf-id"],"mark_attribute":"mark","trunk_attribute":"in-trunkgroup-label","vendor_trunk_attribute":"out-trunkgroup-label","attempt_attribute":"","routes_attribute":"h323-ivr-in","interim_s":0,"start_is_answer":false,"delay_is_alert":false,"repeat_names":true,"raw_hash":false}','',0);
CREATE TABLE trunk (
	id VARCHAR NOT NULL, 
	partner VARCHAR NOT NULL, 
	direction VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	port INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	switch VARCHAR, 
	"plan" VARCHAR, 
	rules TEXT NOT NULL, 
	max_calls INTEGER, 
	max_cps INTEGER, 
	enabled BOOLEAN NOT NULL, 
	CONSTRAINT pk_trunk PRIMARY KEY (id), 
	CONSTRAINT fk_trunk_partner FOREIGN KEY(partner) REFERENCES partner (id), 
	CONSTRAINT fk_trunk_plan FOREIGN KEY("plan") REFERENCES "plan" (id), 
	CONSTRAINT fk_trunk_switch FOREIGN KEY(switch) REFERENCES switch (id)
);
INSERT INTO "trunk" VALUES('orbita-in','orbita','in','',5060,'','sw1',NULL,'{"tech_prefix":"","international":["+","00","011"],"country":"","national_prefix":"","strip":0,"add":""}',NULL,NULL,1);
INSERT INTO "trunk" VALUES('kestrel-out','kestrel','out','192.0.2.1',5060,'',NULL,NULL,'{"tech_prefix":"","international":["+","00","011"],"country":"","national_prefix":"","strip":0,"add":""}',NULL,NULL,1);
CREATE TABLE users (
	name VARCHAR NOT NULL, 
	token_sha256 VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (name), 
	CONSTRAINT uq_users_token_sha256 UNIQUE (token_sha256)
);
CREATE INDEX ix_audit_noun ON audit (noun);
CREATE INDEX ix_job_state ON job (state);
CREATE INDEX ix_snapshot_kind ON snapshot (kind);
CREATE INDEX ix_code_code ON code (code);
CREATE INDEX ix_code_destination ON code (destination);
CREATE INDEX ix_rate_plan_code ON rate ("plan", code);
CREATE UNIQUE INDEX uq_rate_now ON rate ("plan", code, rate_type, valid_from_ms) WHERE known_until_ms IS NULL;
CREATE INDEX ix_contact_partner ON contact (partner);
CREATE INDEX ix_invoice_partner ON invoice (partner);
CREATE INDEX ix_trunk_partner ON trunk (partner);
COMMIT;
