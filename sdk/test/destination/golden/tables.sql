CREATE TABLE IF NOT EXISTS `conversions` (`conversion_id` STRING, `customer_id` STRING, `parent_conversion_id` STRING, `conversion_type` STRING, `source` STRING, `source_system` STRING, `source_account` STRING, `source_stream` STRING, `source_record_id` STRING, `transaction_id` STRING, `order_number` STRING, `order_status` STRING, `is_test` BOOLEAN, `timestamp` TIMESTAMP, `timestamp_precision` STRING, `business_date` DATE, `source_updated_at` TIMESTAMP, `extracted_at` TIMESTAMP, `loaded_at` TIMESTAMP, `value` DECIMAL, `value_basis` STRING, `currency` STRING, `gross_amount` DECIMAL, `discount_amount` DECIMAL, `net_amount` DECIMAL, `shipping_amount` DECIMAL, `tax_amount` DECIMAL, `tip_amount` DECIMAL, `surcharge_amount` DECIMAL, `total_amount` DECIMAL, `quantity` DECIMAL, `product_id` STRING, `product_name` STRING, `product_category` STRING, `line_items` ARRAY<JSON>, `location_id` STRING, `location_name` STRING, `sales_channel` STRING, `user_id` STRING, `global_customer_id` STRING, `identity_fragments` ARRAY<JSON>, `gclid` STRING, `gbraid` STRING, `wbraid` STRING, `dclid` STRING, `fbclid` STRING, `ttclid` STRING, `msclkid` STRING, `twclid` STRING, `li_fat_id` STRING, `rdt_cid` STRING, `epik` STRING, `sccid` STRING, `click_ids` ARRAY<JSON>, `utm_source` STRING, `utm_medium` STRING, `utm_campaign` STRING, `utm_term` STRING, `utm_content` STRING, `utm_id` STRING, `landing_page` STRING, `referrer` STRING, `attributed_platform` STRING, `attributed_campaign_id` STRING, `attributed_ad_id` STRING, `attribution_model` STRING, `attribution_weight` DECIMAL, `mapping` STRING, `connector_version` STRING, `sync_id` STRING, `_gn_key` STRING, `_gn_generation_id` INTEGER, `dq_flags` ARRAY<STRING>, `raw_data` JSON, `_gn_table` STRING, `_gn_hash` STRING);

CREATE TABLE IF NOT EXISTS `_gn_dead_letters` (`_gn_id` STRING, `connection` STRING, `namespace` STRING, `stream` STRING, `kind` STRING, `code` STRING, `reason` STRING, `path` STRING, `file` STRING, `line` INTEGER, `record_id` STRING, `mapping` STRING, `emitted_at` TIMESTAMP, `raw` STRING, `raw_bytes` INTEGER, `raw_sha256` STRING, `sync_id` STRING, `batch_id` STRING, `rejected_at` TIMESTAMP, `resolved_at` TIMESTAMP);

CREATE TABLE IF NOT EXISTS `_gn_commits` (`batch_id` STRING, `connection` STRING, `customer_id` STRING, `epoch` INTEGER, `sync_id` STRING, `source` STRING, `states` STRING, `counts` JSON, `rows` INTEGER, `bytes` INTEGER, `layout` INTEGER, `started_at` TIMESTAMP, `committed_at` TIMESTAMP, `finished` BOOLEAN, `lag_s` FLOAT);

CREATE TABLE IF NOT EXISTS `_gn_columns` (`namespace` STRING, `stream` STRING, `table_name` STRING, `column_name` STRING, `property` STRING, `type` STRING, `position` INTEGER, `kept` BOOLEAN, `key` JSON, `cursor` JSON, `mode` STRING, `connection` STRING);

CREATE TABLE IF NOT EXISTS `shop__orders` (`id` STRING, `updated_at` TIMESTAMP, `old` INTEGER, `_gn_deleted_at` TIMESTAMP, `_gn_emitted_at` TIMESTAMP, `_gn_extra` JSON, `_gn_hash` STRING, `_gn_key` STRING, `_gn_meta` JSON, `_gn_seq` INTEGER, `_gn_batch_id` STRING, `_gn_generation_id` INTEGER, `_gn_loaded_at` TIMESTAMP);

ALTER TABLE `shop__orders` ADD COLUMN IF NOT EXISTS `note` STRING;

ALTER TABLE `shop__orders` ALTER COLUMN `old`
  SET DATA TYPE DECIMAL;

DROP TABLE IF EXISTS `_gn_new__shop__orders`;

DELETE
  FROM `_gn_columns`
  WHERE `table_name` = "shop__orders"
  AND (`column_name` IN ("id") OR `column_name` IS NULL);

INSERT INTO `_gn_columns` (`column_name`, `connection`, `cursor`, `kept`, `key`, `mode`, `namespace`, `position`, `property`, `stream`, `table_name`, `type`) VALUES ("id", NULL, NULL, FALSE, NULL, NULL, "shop", NULL, "id", "orders", "shop__orders", NULL), (NULL, NULL, NULL, FALSE, NULL, NULL, "shop", NULL, NULL, "orders", "shop__orders", NULL);
