UPDATE `_gn_dead_letters`
  SET `resolved_at` = NULL
  WHERE `resolved_at` IS NOT NULL
  AND `_gn_id` IN (SELECT `_gn_id`
  FROM `_gn_stage_dead_letters`);

INSERT INTO `_gn_dead_letters` (`_gn_id`, `batch_id`, `code`, `connection`, `emitted_at`, `file`, `kind`, `line`, `mapping`, `namespace`, `path`, `raw`, `raw_bytes`, `raw_sha256`, `reason`, `record_id`, `rejected_at`, `resolved_at`, `stream`, `sync_id`)
  SELECT s.`_gn_id`, "batch", s.`code`, "default", s.`emitted_at`, s.`file`, s.`kind`, s.`line`, s.`mapping`, s.`namespace`, s.`path`, s.`raw`, s.`raw_bytes`, s.`raw_sha256`, s.`reason`, s.`record_id`, TIMESTAMP "2026-07-03T10:00:00.000Z", CAST(NULL AS TIMESTAMP), s.`stream`, "sync"
  FROM `_gn_stage_dead_letters` AS s
  WHERE s.`_gn_id` NOT IN (SELECT `_gn_id`
  FROM `_gn_dead_letters`)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY s.`_gn_id` ORDER BY s.`_gn_seq`) = 1;

UPDATE `_gn_dead_letters`
  SET `resolved_at` = TIMESTAMP "2026-07-03T10:00:00.000Z"
  WHERE `resolved_at` IS NULL
  AND `_gn_id` IN (SELECT `_gn_id`
  FROM `_gn_stage_resolved`);
