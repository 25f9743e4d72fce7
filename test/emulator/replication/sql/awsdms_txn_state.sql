CREATE TABLE {{schema}}.awsdms_txn_state (
  "SERVER_NAME" varchar(128) NOT NULL,
  "TASK_NAME" varchar(128) NOT NULL,
  "STATE_TIME" timestamp NOT NULL,
  "CHECKPOINT" varchar(1024) NOT NULL
);
CREATE UNIQUE INDEX awsdms_txn_state_task_recovery_index ON {{schema}}.awsdms_txn_state ("SERVER_NAME", "TASK_NAME")
