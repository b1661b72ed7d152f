-- The tables of a set of disk images. Offsets, lengths and sizes are bytes.
-- The columns of <table>_metadata are hidden columns of <table>: there when named, not in SELECT *.

-- One row per block of the virtual disk.
CREATE TABLE blocks (
  path STRING NOT NULL,
  `offset` BIGINT,
  length INT,
  allocated BOOLEAN,
  data BINARY
);

CREATE TABLE blocks_metadata (
  _kind STRING,
  _host_offset BIGINT,
  _host_length BIGINT,
  _depth INT,
  _format STRING,
  _modified TIMESTAMP,
  _partial BOOLEAN,
  _change_type STRING,
  _commit_version STRING,
  _commit_timestamp TIMESTAMP,
  _error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>
);

-- One row per maximal run of equal state, as `qemu-img map` prints them.
CREATE TABLE extents (
  path STRING NOT NULL,
  `offset` BIGINT,
  length BIGINT,
  allocated BOOLEAN,
  zero BOOLEAN,
  present BOOLEAN,
  compressed BOOLEAN,
  depth INT,
  host_offset BIGINT,
  host_file STRING
);

CREATE TABLE extents_metadata (
  _error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>
);

-- One row per file, readable or not.
CREATE TABLE images (
  path STRING NOT NULL,
  format STRING,
  format_version STRING,
  virtual_size BIGINT,
  host_size BIGINT,
  cluster_size BIGINT,
  allocated_size BIGINT,
  encrypted BOOLEAN,
  dirty BOOLEAN,
  corrupt BOOLEAN,
  backing_file STRING,
  backing_format STRING,
  data_file STRING,
  parent_id STRING,
  image_id STRING,
  snapshot_count BIGINT,
  bitmap_count BIGINT,
  features ARRAY<STRING>,
  header MAP<STRING, STRING>,
  modified TIMESTAMP,
  error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>
);

-- One row per internal snapshot.
CREATE TABLE snapshots (
  path STRING NOT NULL,
  id STRING,
  name STRING,
  created TIMESTAMP,
  vm_clock_ns BIGINT,
  vm_state_size BIGINT,
  virtual_size BIGINT,
  icount BIGINT
);

-- One row per persistent dirty bitmap.
CREATE TABLE bitmaps (
  path STRING NOT NULL,
  name STRING,
  granularity BIGINT,
  enabled BOOLEAN,
  in_use BOOLEAN,
  dirty_bytes BIGINT
);

-- One row per pointer out of a file, of which none is followed.
CREATE TABLE references (
  path STRING NOT NULL,
  kind STRING,
  target STRING,
  target_format STRING,
  target_id STRING,
  resolved STRING,
  `exists` BOOLEAN,
  risks ARRAY<STRING>
);

-- One row per problem that a check finds, or per run of equal problems side by side.
CREATE TABLE findings (
  path STRING NOT NULL,
  part STRING,
  kind STRING,
  severity STRING,
  `offset` BIGINT,
  host_offset BIGINT,
  length BIGINT,
  guest_length BIGINT,
  expected STRING,
  actual STRING,
  count BIGINT,
  repairable BOOLEAN,
  message STRING
);

-- One row per file: what its check comes to, in the counters of `qemu-img check`.
CREATE TABLE checks (
  path STRING NOT NULL,
  format STRING,
  verdict STRING,
  corruptions BIGINT,
  leaks BIGINT,
  check_errors BIGINT,
  corruptions_fixed BIGINT,
  leaks_fixed BIGINT,
  image_end_offset BIGINT,
  total_clusters BIGINT,
  allocated_clusters BIGINT,
  fragmented_clusters BIGINT,
  compressed_clusters BIGINT,
  beyond_corruptions BIGINT,
  beyond_leaks BIGINT,
  reclaimable_bytes BIGINT,
  duration_ms BIGINT,
  error STRUCT<class: STRING, message: STRING, host_offset: BIGINT>
);
