CREATE TABLE {{schema}}.awsdms_emulator_position (
  task_name varchar(128) NOT NULL,
  table_owner varchar(128) NOT NULL,
  table_name varchar(128) NOT NULL,
  load_snapshot text,
  applied_lsn pg_lsn NOT NULL,
  PRIMARY KEY (task_name, table_owner, table_name)
)
