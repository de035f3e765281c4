DELETE
  FROM `shop__orders`
  WHERE TRUE;

INSERT INTO `shop__orders` (`_gn_batch_id`, `_gn_deleted_at`, `_gn_emitted_at`, `_gn_extra`, `_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_loaded_at`, `_gn_meta`, `_gn_seq`, `id`, `old`, `updated_at`)
  SELECT `_gn_batch_id`, `_gn_deleted_at`, `_gn_emitted_at`, `_gn_extra`, `_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_loaded_at`, `_gn_meta`, `_gn_seq`, `id`, `old`, `updated_at`
  FROM `_gn_new__shop__orders`;

DELETE
  FROM `_gn_new__shop__orders`
  WHERE TRUE;

CREATE TEMP TABLE `_gn_verdicts_0_published` AS
  WITH c AS (SELECT c.`_gn_hash`, c.`conversion_id`
  FROM `_gn_new_conversions__shop__orders` AS c
  QUALIFY ROW_NUMBER() OVER (PARTITION BY c.`conversion_id` ORDER BY c.`conversion_id` DESC) = 1)
  SELECT c.`conversion_id`, TRUE AS `wins`,
  CASE WHEN t.`conversion_id` IS NULL THEN 'new' WHEN t.`_gn_hash` = c.`_gn_hash` THEN
  CASE WHEN t.`_gn_generation_id` <> 3 THEN 'touch' ELSE 'same' END ELSE 'changed' END AS `verdict`
  FROM c
  LEFT JOIN `conversions` AS t ON t.`conversion_id` = c.`conversion_id`;

-- when _gn_verdicts_0_published has new
INSERT INTO `conversions` (`_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_table`, `attributed_ad_id`, `attributed_campaign_id`, `attributed_platform`, `attribution_model`, `attribution_weight`, `business_date`, `click_ids`, `connector_version`, `conversion_id`, `conversion_type`, `currency`, `customer_id`, `dclid`, `discount_amount`, `dq_flags`, `epik`, `extracted_at`, `fbclid`, `gbraid`, `gclid`, `global_customer_id`, `gross_amount`, `identity_fragments`, `is_test`, `landing_page`, `li_fat_id`, `line_items`, `loaded_at`, `location_id`, `location_name`, `mapping`, `msclkid`, `net_amount`, `order_number`, `order_status`, `parent_conversion_id`, `product_category`, `product_id`, `product_name`, `quantity`, `raw_data`, `rdt_cid`, `referrer`, `sales_channel`, `sccid`, `shipping_amount`, `source`, `source_account`, `source_record_id`, `source_stream`, `source_system`, `source_updated_at`, `surcharge_amount`, `sync_id`, `tax_amount`, `timestamp`, `timestamp_precision`, `tip_amount`, `total_amount`, `transaction_id`, `ttclid`, `twclid`, `user_id`, `utm_campaign`, `utm_content`, `utm_id`, `utm_medium`, `utm_source`, `utm_term`, `value`, `value_basis`, `wbraid`)
  SELECT s.`_gn_generation_id`, s.`_gn_hash`, s.`_gn_key`, s.`_gn_table`, s.`attributed_ad_id`, s.`attributed_campaign_id`, s.`attributed_platform`, s.`attribution_model`, s.`attribution_weight`, s.`business_date`, s.`click_ids`, s.`connector_version`, s.`conversion_id`, s.`conversion_type`, s.`currency`, s.`customer_id`, s.`dclid`, s.`discount_amount`, s.`dq_flags`, s.`epik`, s.`extracted_at`, s.`fbclid`, s.`gbraid`, s.`gclid`, s.`global_customer_id`, s.`gross_amount`, s.`identity_fragments`, s.`is_test`, s.`landing_page`, s.`li_fat_id`, s.`line_items`, s.`loaded_at`, s.`location_id`, s.`location_name`, s.`mapping`, s.`msclkid`, s.`net_amount`, s.`order_number`, s.`order_status`, s.`parent_conversion_id`, s.`product_category`, s.`product_id`, s.`product_name`, s.`quantity`, s.`raw_data`, s.`rdt_cid`, s.`referrer`, s.`sales_channel`, s.`sccid`, s.`shipping_amount`, s.`source`, s.`source_account`, s.`source_record_id`, s.`source_stream`, s.`source_system`, s.`source_updated_at`, s.`surcharge_amount`, s.`sync_id`, s.`tax_amount`, s.`timestamp`, s.`timestamp_precision`, s.`tip_amount`, s.`total_amount`, s.`transaction_id`, s.`ttclid`, s.`twclid`, s.`user_id`, s.`utm_campaign`, s.`utm_content`, s.`utm_id`, s.`utm_medium`, s.`utm_source`, s.`utm_term`, s.`value`, s.`value_basis`, s.`wbraid`
  FROM `_gn_new_conversions__shop__orders` AS s
  JOIN `_gn_verdicts_0_published` AS v ON v.`conversion_id` = s.`conversion_id`
  WHERE v.`verdict` = 'new'
-- or, when all are new
INSERT INTO `conversions` (`_gn_generation_id`, `_gn_hash`, `_gn_key`, `_gn_table`, `attributed_ad_id`, `attributed_campaign_id`, `attributed_platform`, `attribution_model`, `attribution_weight`, `business_date`, `click_ids`, `connector_version`, `conversion_id`, `conversion_type`, `currency`, `customer_id`, `dclid`, `discount_amount`, `dq_flags`, `epik`, `extracted_at`, `fbclid`, `gbraid`, `gclid`, `global_customer_id`, `gross_amount`, `identity_fragments`, `is_test`, `landing_page`, `li_fat_id`, `line_items`, `loaded_at`, `location_id`, `location_name`, `mapping`, `msclkid`, `net_amount`, `order_number`, `order_status`, `parent_conversion_id`, `product_category`, `product_id`, `product_name`, `quantity`, `raw_data`, `rdt_cid`, `referrer`, `sales_channel`, `sccid`, `shipping_amount`, `source`, `source_account`, `source_record_id`, `source_stream`, `source_system`, `source_updated_at`, `surcharge_amount`, `sync_id`, `tax_amount`, `timestamp`, `timestamp_precision`, `tip_amount`, `total_amount`, `transaction_id`, `ttclid`, `twclid`, `user_id`, `utm_campaign`, `utm_content`, `utm_id`, `utm_medium`, `utm_source`, `utm_term`, `value`, `value_basis`, `wbraid`)
  SELECT s.`_gn_generation_id`, s.`_gn_hash`, s.`_gn_key`, s.`_gn_table`, s.`attributed_ad_id`, s.`attributed_campaign_id`, s.`attributed_platform`, s.`attribution_model`, s.`attribution_weight`, s.`business_date`, s.`click_ids`, s.`connector_version`, s.`conversion_id`, s.`conversion_type`, s.`currency`, s.`customer_id`, s.`dclid`, s.`discount_amount`, s.`dq_flags`, s.`epik`, s.`extracted_at`, s.`fbclid`, s.`gbraid`, s.`gclid`, s.`global_customer_id`, s.`gross_amount`, s.`identity_fragments`, s.`is_test`, s.`landing_page`, s.`li_fat_id`, s.`line_items`, s.`loaded_at`, s.`location_id`, s.`location_name`, s.`mapping`, s.`msclkid`, s.`net_amount`, s.`order_number`, s.`order_status`, s.`parent_conversion_id`, s.`product_category`, s.`product_id`, s.`product_name`, s.`quantity`, s.`raw_data`, s.`rdt_cid`, s.`referrer`, s.`sales_channel`, s.`sccid`, s.`shipping_amount`, s.`source`, s.`source_account`, s.`source_record_id`, s.`source_stream`, s.`source_system`, s.`source_updated_at`, s.`surcharge_amount`, s.`sync_id`, s.`tax_amount`, s.`timestamp`, s.`timestamp_precision`, s.`tip_amount`, s.`total_amount`, s.`transaction_id`, s.`ttclid`, s.`twclid`, s.`user_id`, s.`utm_campaign`, s.`utm_content`, s.`utm_id`, s.`utm_medium`, s.`utm_source`, s.`utm_term`, s.`value`, s.`value_basis`, s.`wbraid`
  FROM `_gn_new_conversions__shop__orders` AS s;

-- when _gn_verdicts_0_published has changed
UPDATE `conversions` AS t
  SET `_gn_generation_id` = s.`_gn_generation_id`, `_gn_hash` = s.`_gn_hash`, `_gn_key` = s.`_gn_key`, `_gn_table` = s.`_gn_table`, `attributed_ad_id` = COALESCE(s.`attributed_ad_id`, t.`attributed_ad_id`), `attributed_campaign_id` = COALESCE(s.`attributed_campaign_id`, t.`attributed_campaign_id`), `attributed_platform` = COALESCE(s.`attributed_platform`, t.`attributed_platform`), `attribution_model` = COALESCE(s.`attribution_model`, t.`attribution_model`), `attribution_weight` = COALESCE(s.`attribution_weight`, t.`attribution_weight`), `business_date` = s.`business_date`, `click_ids` = s.`click_ids`, `connector_version` = s.`connector_version`, `conversion_type` = s.`conversion_type`, `currency` = s.`currency`, `customer_id` = s.`customer_id`, `dclid` = s.`dclid`, `discount_amount` = s.`discount_amount`, `dq_flags` = s.`dq_flags`, `epik` = s.`epik`, `extracted_at` = s.`extracted_at`, `fbclid` = s.`fbclid`, `gbraid` = s.`gbraid`, `gclid` = s.`gclid`, `global_customer_id` = COALESCE(s.`global_customer_id`, t.`global_customer_id`), `gross_amount` = s.`gross_amount`, `identity_fragments` = s.`identity_fragments`, `is_test` = s.`is_test`, `landing_page` = s.`landing_page`, `li_fat_id` = s.`li_fat_id`, `line_items` = s.`line_items`, `loaded_at` = s.`loaded_at`, `location_id` = s.`location_id`, `location_name` = s.`location_name`, `mapping` = s.`mapping`, `msclkid` = s.`msclkid`, `net_amount` = s.`net_amount`, `order_number` = s.`order_number`, `order_status` = s.`order_status`, `parent_conversion_id` = s.`parent_conversion_id`, `product_category` = s.`product_category`, `product_id` = s.`product_id`, `product_name` = s.`product_name`, `quantity` = s.`quantity`, `raw_data` = s.`raw_data`, `rdt_cid` = s.`rdt_cid`, `referrer` = s.`referrer`, `sales_channel` = s.`sales_channel`, `sccid` = s.`sccid`, `shipping_amount` = s.`shipping_amount`, `source` = s.`source`, `source_account` = s.`source_account`, `source_record_id` = s.`source_record_id`, `source_stream` = s.`source_stream`, `source_system` = s.`source_system`, `source_updated_at` = s.`source_updated_at`, `surcharge_amount` = s.`surcharge_amount`, `sync_id` = s.`sync_id`, `tax_amount` = s.`tax_amount`, `timestamp` = s.`timestamp`, `timestamp_precision` = s.`timestamp_precision`, `tip_amount` = s.`tip_amount`, `total_amount` = s.`total_amount`, `transaction_id` = s.`transaction_id`, `ttclid` = s.`ttclid`, `twclid` = s.`twclid`, `user_id` = s.`user_id`, `utm_campaign` = s.`utm_campaign`, `utm_content` = s.`utm_content`, `utm_id` = s.`utm_id`, `utm_medium` = s.`utm_medium`, `utm_source` = s.`utm_source`, `utm_term` = s.`utm_term`, `value` = s.`value`, `value_basis` = s.`value_basis`, `wbraid` = s.`wbraid`
  FROM (SELECT s.*
  FROM `_gn_new_conversions__shop__orders` AS s
  JOIN `_gn_verdicts_0_published` AS v ON v.`conversion_id` = s.`conversion_id`
  WHERE v.`verdict` = 'changed') AS s
  WHERE t.`conversion_id` = s.`conversion_id`;

-- when _gn_verdicts_0_published has touch
UPDATE `conversions` AS t
  SET `_gn_generation_id` = s.`_gn_generation_id`, `extracted_at` = s.`extracted_at`
  FROM (SELECT s.*
  FROM `_gn_new_conversions__shop__orders` AS s
  JOIN `_gn_verdicts_0_published` AS v ON v.`conversion_id` = s.`conversion_id`
  WHERE v.`verdict` = 'touch') AS s
  WHERE t.`conversion_id` = s.`conversion_id`;

DELETE
  FROM `conversions`
  WHERE `_gn_table` = "shop__orders"
  AND `conversion_id` NOT IN (SELECT c.`conversion_id`
  FROM `_gn_new_conversions__shop__orders` AS c);

DELETE
  FROM `_gn_new_conversions__shop__orders`
  WHERE TRUE;
