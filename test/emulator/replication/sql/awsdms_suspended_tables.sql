CREATE TABLE {{schema}}.awsdms_suspended_tables (
  server_name varchar(128) NOT NULL,
  task_name varchar(128) NOT NULL,
  table_owner varchar(128) NOT NULL,
  table_name varchar(128) NOT NULL,
  suspend_reason varchar(32),
  suspend_timestamp timestamp
);
CREATE UNIQUE INDEX awsdms_suspended_tables_task_suspended_tables_index
  ON {{schema}}.awsdms_suspended_tables (server_name, task_name, table_owner, table_name)
