CREATE TEMP TABLE `_gn_verdicts_0` AS
  WITH ranked AS (SELECT `_gn_deleted_at`, `_gn_emitted_at`, `_gn_hash`, `_gn_key`, `_gn_seq`, `updated_at`, ROW_NUMBER() OVER (PARTITION BY `_gn_key` ORDER BY `updated_at` DESC NULLS LAST, `_gn_emitted_at` DESC NULLS LAST, `_gn_seq` DESC) AS place, ROW_NUMBER() OVER (PARTITION BY `_gn_key`, `_gn_deleted_at` IS NULL ORDER BY `updated_at` DESC NULLS LAST, `_gn_emitted_at` DESC NULLS LAST, `_gn_seq` DESC) AS place_alike
  FROM `_gn_stage_0`)
  SELECT r.`_gn_key`, r.`_gn_seq`, r.place = 1 AS `wins`, r.`_gn_deleted_at` IS NULL
  AND r.place_alike = 1 AS `converts`,
  CASE WHEN t.`_gn_key` IS NULL THEN 'new' WHEN ((r.`updated_at` < t.`updated_at` OR (r.`updated_at` IS NULL
  AND t.`updated_at` IS NOT NULL)) OR (r.`updated_at` = t.`updated_at` OR (r.`updated_at` IS NULL
  AND t.`updated_at` IS NULL))
  AND (r.`_gn_emitted_at` < t.`_gn_emitted_at` OR (r.`_gn_emitted_at` IS NULL
  AND t.`_gn_emitted_at` IS NOT NULL))) THEN 'older' WHEN t.`_gn_hash` = r.`_gn_hash` THEN
  CASE WHEN ((t.`updated_at` < r.`updated_at` OR (t.`updated_at` IS NULL
  AND r.`updated_at` IS NOT NULL)) OR (r.`updated_at` = t.`updated_at` OR (r.`updated_at` IS NULL
  AND t.`updated_at` IS NULL))
  AND (t.`_gn_emitted_at` < r.`_gn_emitted_at` OR (t.`_gn_emitted_at` IS NULL
  AND r.`_gn_emitted_at` IS NOT NULL))) OR t.`_gn_generation_id` <> 3 THEN 'touch' ELSE 'same' END ELSE 'changed' END AS `verdict`
  FROM ranked AS r
  LEFT JOIN `shop__orders` AS t ON t.`_gn_key` = r.`_gn_key`
  WHERE r.place = 1 OR (r.`_gn_deleted_at` IS NULL
  AND r.place_alike = 1);

-- when _gn_verdicts_0 has new
INSERT INTO `shop__orders` (`_gn_batch_id`, `_gn_deleted_at`, `_gn_emitted_at`, `_gn_extra`, `_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_loaded_at`, `_gn_meta`, `_gn_seq`, `id`, `updated_at`)
  SELECT "batch", s.`_gn_deleted_at`, s.`_gn_emitted_at`, s.`_gn_extra`, 3, s.`_gn_hash`, s.`_gn_key`, TIMESTAMP "2026-07-03T10:00:00.000Z", s.`_gn_meta`, s.`_gn_seq`, s.`id`, s.`updated_at`
  FROM `_gn_stage_0` AS s
  JOIN `_gn_verdicts_0` AS v ON v.`_gn_seq` = s.`_gn_seq`
  WHERE v.`wins`
  AND v.`verdict` = 'new'
-- or, when all are new
INSERT INTO `shop__orders` (`_gn_batch_id`, `_gn_deleted_at`, `_gn_emitted_at`, `_gn_extra`, `_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_loaded_at`, `_gn_meta`, `_gn_seq`, `id`, `updated_at`)
  SELECT "batch", s.`_gn_deleted_at`, s.`_gn_emitted_at`, s.`_gn_extra`, 3, s.`_gn_hash`, s.`_gn_key`, TIMESTAMP "2026-07-03T10:00:00.000Z", s.`_gn_meta`, s.`_gn_seq`, s.`id`, s.`updated_at`
  FROM `_gn_stage_0` AS s;

-- when _gn_verdicts_0 has changed
UPDATE `shop__orders` AS t
  SET `_gn_batch_id` = "batch", `_gn_deleted_at` = s.`_gn_deleted_at`, `_gn_emitted_at` = s.`_gn_emitted_at`, `_gn_extra` = s.`_gn_extra`, `_gn_generation_id` = 3, `_gn_hash` = s.`_gn_hash`, `_gn_loaded_at` = TIMESTAMP "2026-07-03T10:00:00.000Z", `_gn_meta` = s.`_gn_meta`, `_gn_seq` = s.`_gn_seq`, `id` = s.`id`, `old` = NULL, `updated_at` = s.`updated_at`
  FROM (SELECT s.*
  FROM `_gn_stage_0` AS s
  JOIN `_gn_verdicts_0` AS v ON v.`_gn_seq` = s.`_gn_seq`
  WHERE v.`wins`
  AND v.`verdict` = 'changed') AS s
  WHERE t.`_gn_key` = s.`_gn_key`;

-- when _gn_verdicts_0 has touch
UPDATE `shop__orders` AS t
  SET `_gn_emitted_at` = s.`_gn_emitted_at`, `_gn_generation_id` = 3
  FROM (SELECT s.`_gn_key`, s.`_gn_emitted_at`
  FROM `_gn_stage_0` AS s
  JOIN `_gn_verdicts_0` AS v ON v.`_gn_seq` = s.`_gn_seq`
  WHERE v.`wins`
  AND v.`verdict` = 'touch') AS s
  WHERE t.`_gn_key` = s.`_gn_key`;
