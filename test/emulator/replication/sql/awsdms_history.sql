CREATE TABLE {{schema}}.awsdms_history (
  server_name varchar(128) NOT NULL,
  task_name varchar(128) NOT NULL,
  timeslot_type varchar(32) NOT NULL,
  timeslot timestamp NOT NULL,
  timeslot_duration int8,
  timeslot_latency int8,
  timeslot_records int8,
  timeslot_volume int8
);
CREATE UNIQUE INDEX awsdms_history_task_history_index
  ON {{schema}}.awsdms_history (server_name, task_name, timeslot_type, timeslot)
