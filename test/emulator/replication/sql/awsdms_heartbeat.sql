CREATE TABLE {{schema}}.awsdms_heartbeat (
  hb_key serial PRIMARY KEY,
  hb_created_at timestamp,
  hb_created_by varchar(64),
  hb_last_heartbeat_at timestamp,
  hb_last_heartbeat_by varchar(64)
)
