-- probe
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT *
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_file`;
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT *
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions_file`;
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_known_days` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT DISTINCT k.`day_key`
  FROM `_gn_days` AS k
  WHERE k.`day_key` & 281474976710655 IN (SELECT a.asked
  FROM (SELECT (FARM_FINGERPRINT(CASE WHEN s.`_gn_key` IS NULL THEN s.`conversion_id` ELSE COALESCE(REGEXP_REPLACE(REPLACE(NORMALIZE(s.`source_stream` || ' ' || s.`source_record_id`), ',', ':'), '["\\[\\]\\\\]', ''), s.`conversion_id`) END) & 281474976710655) AS asked
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s
  UNION ALL
  SELECT (FARM_FINGERPRINT(s.`conversion_id`) & 281474976710655) AS asked
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s
  UNION ALL
  SELECT (FARM_FINGERPRINT(REGEXP_REPLACE(REPLACE(NORMALIZE('orders ' || s.`_gn_key`), ',', ':'), '["\\[\\]\\\\]', '')) & 281474976710655) AS asked
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0` AS s) AS a);
SELECT DISTINCT '_gn_days' AS what, CAST(DIV(k.`day_key` - (k.`day_key` & 281474976710655), 281474976710656) AS STRING) AS day
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_known_days` AS k;

-- judge
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS WITH ranked AS (SELECT `_gn_deleted_at`, `_gn_emitted_at`, `_gn_hash`, `_gn_key`, `_gn_seq`, `updated_at`, ROW_NUMBER() OVER (PARTITION BY `_gn_key` ORDER BY `updated_at` DESC NULLS LAST, `_gn_emitted_at` DESC NULLS LAST, `_gn_seq` DESC) AS place
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0`)
  SELECT r.`_gn_key`, r.`_gn_seq`, r.place = 1 AS `wins`, TRUE AS `converts`, CASE WHEN t.`_gn_key` IS NULL THEN 'new' WHEN ((r.`updated_at` < t.`updated_at` OR (r.`updated_at` IS NULL AND t.`updated_at` IS NOT NULL)) OR (r.`updated_at` = t.`updated_at` OR (r.`updated_at` IS NULL AND t.`updated_at` IS NULL))
  AND (r.`_gn_emitted_at` < t.`_gn_emitted_at` OR (r.`_gn_emitted_at` IS NULL AND t.`_gn_emitted_at` IS NOT NULL))) THEN 'older' WHEN t.`_gn_hash` = r.`_gn_hash` THEN CASE WHEN ((t.`updated_at` < r.`updated_at` OR (t.`updated_at` IS NULL AND r.`updated_at` IS NOT NULL)) OR (r.`updated_at` = t.`updated_at` OR (r.`updated_at` IS NULL AND t.`updated_at` IS NULL))
  AND (t.`_gn_emitted_at` < r.`_gn_emitted_at` OR (t.`_gn_emitted_at` IS NULL AND r.`_gn_emitted_at` IS NOT NULL))) OR t.`_gn_generation_id` <> 0 THEN 'touch' ELSE 'same' END ELSE 'changed' END AS `verdict`
  FROM ranked AS r
  LEFT
  JOIN `shop__orders` AS t ON t.`_gn_key` = r.`_gn_key`
  WHERE r.place = 1;
IF EXISTS (SELECT r.`_gn_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r
  WHERE r.`converts` AND r.`verdict` IN ('changed', 'touch', 'same')) THEN CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_found` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT t.`_gn_generation_id`, t.`_gn_hash`, t.`_gn_key`, t.`_gn_table`, t.`conversion_id`, t.`timestamp`
  FROM `conversions` AS t
  WHERE (t.`conversion_id` IN (SELECT s.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s) OR t.`_gn_key` IN (SELECT r.`_gn_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r
  WHERE r.`converts` AND r.`verdict` IN ('changed', 'touch', 'same')))
  AND (`t`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `t`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z'); ELSEIF EXISTS (SELECT 1
  FROM `conversions` AS t
  WHERE t.`conversion_id` IN (SELECT s.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s)
  AND (`t`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `t`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z')) THEN CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_found` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT t.`_gn_generation_id`, t.`_gn_hash`, t.`_gn_key`, t.`_gn_table`, t.`conversion_id`, t.`timestamp`
  FROM `conversions` AS t
  WHERE (t.`conversion_id` IN (SELECT s.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s) OR t.`_gn_key` IN (SELECT r.`_gn_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r
  WHERE r.`converts` AND r.`verdict` IN ('changed', 'touch', 'same')))
  AND (`t`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `t`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z'); ELSE CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_found` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT t.`_gn_generation_id`, t.`_gn_hash`, t.`_gn_key`, t.`_gn_table`, t.`conversion_id`, t.`timestamp`
  FROM `conversions` AS t
  WHERE FALSE; END IF;
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS WITH c AS (SELECT c.`_gn_at`, c.`_gn_hash`, c.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS c
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r ON r.`_gn_seq` = c.`_gn_seq`
  WHERE r.`converts` AND r.`verdict` <> 'older'
  QUALIFY ROW_NUMBER() OVER (PARTITION BY c.`conversion_id` ORDER BY c.`_gn_at` DESC) = 1)
  SELECT c.`_gn_at`, TRUE AS `wins`, CASE WHEN t.`conversion_id` IS NULL THEN 'new' WHEN t.`_gn_hash` = c.`_gn_hash` THEN CASE WHEN t.`_gn_generation_id` <> 0 THEN 'touch' ELSE 'same' END ELSE 'changed' END AS `verdict`, t.`timestamp` AS `found`
  FROM c
  LEFT
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_found` AS t ON t.`conversion_id` = c.`conversion_id`
  AND (`t`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `t`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z');
CREATE OR REPLACE TABLE `_gn_stg_0a1b2c3d_0123456789abcdef_f00_added_days` OPTIONS (expiration_timestamp = TIMESTAMP '2026-07-10T10:00:00.000Z') AS
  SELECT DISTINCT a.`day_key`
  FROM (SELECT DISTINCT d.`day_key`
  FROM (SELECT IFNULL(GREATEST(-32767, LEAST(32767, UNIX_DATE(DATE(s.`timestamp`)))), -32768) * 281474976710656 + (FARM_FINGERPRINT(CASE WHEN s.`_gn_key` IS NULL THEN s.`conversion_id` ELSE COALESCE(REGEXP_REPLACE(REPLACE(NORMALIZE(s.`source_stream` || ' ' || s.`source_record_id`), ',', ':'), '["\\[\\]\\\\]', ''), s.`conversion_id`) END) & 281474976710655) AS `day_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v ON v.`_gn_at` = s.`_gn_at`
  WHERE v.`verdict` IN ('new', 'changed')
  UNION ALL
  SELECT IFNULL(GREATEST(-32767, LEAST(32767, UNIX_DATE(DATE(s.`timestamp`)))), -32768) * 281474976710656 + (FARM_FINGERPRINT(REGEXP_REPLACE(REPLACE(NORMALIZE(s.`source_stream` || ' ' || s.`_gn_key`), ',', ':'), '["\\[\\]\\\\]', '')) & 281474976710655) AS `day_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v ON v.`_gn_at` = s.`_gn_at`
  WHERE v.`verdict` IN ('new', 'changed')) AS d
  WHERE d.`day_key` IS NOT NULL) AS a
  WHERE a.`day_key` NOT IN (SELECT k.`day_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_known_days` AS k);
SELECT 'staged' AS what, 0 AS stream, '_gn_stage_0' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0`
  UNION ALL
  SELECT 'staged' AS what, 0 AS stream, '_gn_stage_0_conversions' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions`
  UNION ALL
  SELECT 'verdicts' AS what, 0 AS stream, '_gn_verdicts_0 ' || `verdict` AS key, `wins` AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0`
  GROUP BY `verdict`, `wins`
  UNION ALL
  SELECT 'doubled' AS what, 0 AS stream, 'shop__orders' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, MIN(d.id) AS more
  FROM (SELECT MIN(v.`_gn_key`) AS id
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS v
  GROUP BY v.`_gn_seq` HAVING COUNT(*) > 1) AS d
  UNION ALL
  SELECT 'verdicts' AS what, 0 AS stream, '_gn_verdicts_0_conversions ' || `verdict` AS key, `wins` AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions`
  GROUP BY `verdict`, `wins`
  UNION ALL
  SELECT 'day' AS what, 0 AS stream, 'conversions' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(DATE(`found`) AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions`
  WHERE `wins` AND `verdict` IN ('changed', 'touch')
  GROUP BY more
  UNION ALL
  SELECT 'doubled' AS what, 0 AS stream, 'conversions' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, MIN(d.id) AS more
  FROM (SELECT MIN(c.`conversion_id`) AS id
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS c ON c.`_gn_at` = v.`_gn_at`
  GROUP BY v.`_gn_at` HAVING COUNT(*) > 1) AS d
  UNION ALL
  SELECT 'removed' AS what, 0 AS stream, 'conversions' AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(DATE(`conversions`.`timestamp`) AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_found` AS `conversions`
  WHERE `conversions`.`_gn_table` = 'shop__orders' AND `conversions`.`_gn_key` IN (SELECT r.`_gn_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r
  WHERE r.`converts` AND r.`verdict` IN ('changed', 'touch', 'same')) AND `conversions`.`conversion_id` NOT IN (SELECT c.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS c
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r ON r.`_gn_seq` = c.`_gn_seq`
  WHERE r.`converts` AND r.`verdict` IN ('changed', 'touch', 'same'))
  AND (`conversions`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `conversions`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `conversions`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `conversions`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z') AND `conversions`.`conversion_id` NOT IN (SELECT c.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS c
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v ON v.`_gn_at` = c.`_gn_at`
  WHERE v.`verdict` = 'changed')
  GROUP BY more
  UNION ALL
  SELECT 'totals' AS what, 0 AS stream, CAST(NULL AS STRING) AS key, CAST(NULL AS BOOL) AS wins, 0 AS n, TO_JSON_STRING(STRUCT(CAST(t.`source_system` AS STRING) AS `source_system`, CAST(t.`source_account` AS STRING) AS `source_account`, CAST(t.`conversion_type` AS STRING) AS `conversion_type`, CAST(t.`currency` AS STRING) AS `currency`, CAST(t.`mapped_rows` AS STRING) AS `mapped_rows`, CAST(t.`mapped_value` AS STRING) AS `mapped_value`, CAST(t.`loaded_rows` AS STRING) AS `loaded_rows`, CAST(t.`loaded_value` AS STRING) AS `loaded_value`)) AS more
  FROM (SELECT s.`source_system`, s.`source_account`, s.`conversion_type`, s.`currency`, COUNT(*) AS mapped_rows, COALESCE(SUM(s.`value`), 0) AS mapped_value, SUM(CASE WHEN v.`verdict` IN ('new', 'changed') THEN 1 ELSE 0 END) AS loaded_rows, COALESCE(SUM(CASE WHEN v.`verdict` IN ('new', 'changed') THEN s.`value` END), 0) AS loaded_value
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s
  LEFT
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v ON v.`_gn_at` = s.`_gn_at`
  GROUP BY s.`source_system`, s.`source_account`, s.`conversion_type`, s.`currency`) AS t
  UNION ALL
  SELECT 'suspects' AS what, 0 AS stream, CAST(NULL AS STRING) AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS c
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0_conversions` AS v ON v.`_gn_at` = c.`_gn_at`
  JOIN `_gn_stg_0a1b2c3d_0123456789abcdef_f00_verdicts_0` AS r ON r.`_gn_seq` = c.`_gn_seq`
  WHERE v.`verdict` = 'new' AND r.`verdict` IN ('changed', 'touch', 'same')
  UNION ALL
  SELECT 'added_days' AS what, 0 AS stream, CAST(NULL AS STRING) AS key, CAST(NULL AS BOOL) AS wins, COUNT(*) AS n, CAST(NULL AS STRING) AS more
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_added_days`;

-- commit
DECLARE gn_billed INT64;
DECLARE gn_lag FLOAT64;
DECLARE gn_others INT64;
IF EXISTS (SELECT 1
  FROM `_gn_commits`
  WHERE `batch_id` = '0123456789abcdef0123456789abcdef') THEN
  SELECT 'adopted' AS outcome, TRUE AS overlapped, bytes_billed, lag_s
  FROM `_gn_commits`
  WHERE `batch_id` = '0123456789abcdef0123456789abcdef'; RETURN; END IF;
BEGIN TRANSACTION;
UPDATE `_gn_lease_0a1b2c3d`
  SET `epoch` = 7, `batch_id` = '0123456789abcdef0123456789abcdef'
  WHERE `connection` = 'default' AND `epoch` = 6;
ASSERT @@row_count = 1 AS 'gn_fence: another process wrote this connection';
INSERT INTO `_gn_days` (`day_key`)
  SELECT a.`day_key`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_added_days` AS a;
ASSERT @@row_count = 5 AS 'gn_count: days of conversions';
INSERT INTO `shop__orders` (`_gn_batch_id`, `_gn_deleted_at`, `_gn_emitted_at`, `_gn_extra`, `_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_loaded_at`, `_gn_meta`, `_gn_seq`, `id`, `total`, `updated_at`)
  SELECT '0123456789abcdef0123456789abcdef', s.`_gn_deleted_at`, s.`_gn_emitted_at`, s.`_gn_extra`, 0, s.`_gn_hash`, s.`_gn_key`, TIMESTAMP '2026-07-03T10:00:00.000Z', s.`_gn_meta`, s.`_gn_seq`, s.`id`, s.`total`, s.`updated_at`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0` AS s;
ASSERT @@row_count = 5 AS 'gn_count: new in _gn_verdicts_0';
INSERT INTO `conversions` (`_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_table`, `attributed_ad_id`, `attributed_campaign_id`, `attributed_platform`, `attribution_model`, `attribution_weight`, `business_date`, `click_ids`, `connector_version`, `conversion_id`, `conversion_type`, `currency`, `customer_id`, `dclid`, `discount_amount`, `dq_flags`, `epik`, `extracted_at`, `fbclid`, `gbraid`, `gclid`, `global_customer_id`, `gross_amount`, `identity_fragments`, `is_test`, `landing_page`, `li_fat_id`, `line_items`, `loaded_at`, `location_id`, `location_name`, `mapping`, `msclkid`, `net_amount`, `order_number`, `order_status`, `parent_conversion_id`, `product_category`, `product_id`, `product_name`, `quantity`, `raw_data`, `rdt_cid`, `referrer`, `sales_channel`, `sccid`, `shipping_amount`, `source`, `source_account`, `source_record_id`, `source_stream`, `source_system`, `source_updated_at`, `surcharge_amount`, `sync_id`, `tax_amount`, `timestamp`, `timestamp_precision`, `tip_amount`, `total_amount`, `transaction_id`, `ttclid`, `twclid`, `user_id`, `utm_campaign`, `utm_content`, `utm_id`, `utm_medium`, `utm_source`, `utm_term`, `value`, `value_basis`, `wbraid`)
  SELECT 0, s.`_gn_hash`, s.`_gn_key`, 'shop__orders', s.`attributed_ad_id`, s.`attributed_campaign_id`, s.`attributed_platform`, s.`attribution_model`, s.`attribution_weight`, s.`business_date`, s.`click_ids`, s.`connector_version`, s.`conversion_id`, s.`conversion_type`, s.`currency`, s.`customer_id`, s.`dclid`, s.`discount_amount`, s.`dq_flags`, s.`epik`, s.`extracted_at`, s.`fbclid`, s.`gbraid`, s.`gclid`, s.`global_customer_id`, s.`gross_amount`, s.`identity_fragments`, s.`is_test`, s.`landing_page`, s.`li_fat_id`, s.`line_items`, TIMESTAMP '2026-07-03T10:00:00.000Z', s.`location_id`, s.`location_name`, s.`mapping`, s.`msclkid`, s.`net_amount`, s.`order_number`, s.`order_status`, s.`parent_conversion_id`, s.`product_category`, s.`product_id`, s.`product_name`, s.`quantity`, s.`raw_data`, s.`rdt_cid`, s.`referrer`, s.`sales_channel`, s.`sccid`, s.`shipping_amount`, s.`source`, s.`source_account`, s.`source_record_id`, s.`source_stream`, s.`source_system`, s.`source_updated_at`, s.`surcharge_amount`, 'sync', s.`tax_amount`, s.`timestamp`, s.`timestamp_precision`, s.`tip_amount`, s.`total_amount`, s.`transaction_id`, s.`ttclid`, s.`twclid`, s.`user_id`, s.`utm_campaign`, s.`utm_content`, s.`utm_id`, s.`utm_medium`, s.`utm_source`, s.`utm_term`, s.`value`, s.`value_basis`, s.`wbraid`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s;
ASSERT @@row_count = 5 AS 'gn_count: new in _gn_verdicts_0_conversions';
SET gn_others = (SELECT COUNT(*)
  FROM `_gn_commits`
  WHERE `connection` <> 'default');
IF gn_others <> 3 THEN ASSERT NOT EXISTS (SELECT t.`conversion_id` AS id
  FROM `conversions` AS t
  WHERE t.`conversion_id` IN (SELECT s.`conversion_id`
  FROM `_gn_stg_0a1b2c3d_0123456789abcdef_f00_stage_0_conversions` AS s)
  AND (`t`.`timestamp` >= TIMESTAMP '2025-12-31T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-01-01T00:00:00Z' OR `t`.`timestamp` >= TIMESTAMP '2026-07-01T00:00:00Z' AND `t`.`timestamp` < TIMESTAMP '2026-07-04T00:00:00Z')
  GROUP BY t.`conversion_id` HAVING COUNT(*) > 1) AS 'gn_count: conversions that another connection brought'; END IF;
SET gn_billed = 31457280 + @@script.bytes_billed;
SET gn_lag = 2.5 + TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), @@script.creation_time, MILLISECOND) / 1000;
INSERT INTO `_gn_commits` (`batch_id`, `bytes`, `bytes_billed`, `committed_at`, `connection`, `cost_usd`, `counts`, `customer_id`, `epoch`, `finished`, `lag_s`, `layout`, `rows`, `source`, `started_at`, `states`, `sync_id`) VALUES ('0123456789abcdef0123456789abcdef', NULL, gn_billed, TIMESTAMP '2026-07-03T10:00:00.000Z', 'default', CAST(gn_billed * 6.25 / 1099511627776 AS NUMERIC), PARSE_JSON(@gn_counts), 'acme', 7, FALSE, gn_lag, NULL, 5, NULL, NULL, @gn_states, NULL);
COMMIT TRANSACTION;
SELECT 'committed' AS outcome, (SELECT COUNT(*)
  FROM `_gn_commits`
  WHERE `connection` <> 'default') <> gn_others AS overlapped, gn_billed AS bytes_billed, gn_lag AS lag_s;
