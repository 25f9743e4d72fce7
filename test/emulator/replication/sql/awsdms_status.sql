CREATE TABLE {{schema}}.awsdms_status (
  server_name varchar(128) NOT NULL,
  task_name varchar(128) NOT NULL,
  task_status varchar(32),
  status_time timestamp,
  pending_changes int8,
  disk_swap_size int8,
  task_memory int8,
  source_current_position varchar(128),
  source_current_timestamp timestamp,
  source_tail_position varchar(128),
  source_tail_timestamp timestamp,
  source_timestamp_applied timestamp
);
CREATE UNIQUE INDEX awsdms_status_task_status_index ON {{schema}}.awsdms_status (server_name, task_name)
