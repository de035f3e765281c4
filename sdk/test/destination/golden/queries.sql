SELECT s.`source_system`, s.`source_account`, s.`conversion_type`, s.`currency`, COUNT(*) AS mapped_rows, COALESCE(SUM(s.`value`), 0) AS mapped_value, SUM(CASE WHEN v.`verdict` IN ('new', 'changed') THEN 1 ELSE 0 END) AS loaded_rows, COALESCE(SUM(CASE WHEN v.`verdict` IN ('new', 'changed') THEN s.`value` END), 0) AS loaded_value
  FROM `_gn_stage_0_conversions` AS s
  LEFT JOIN `_gn_verdicts_0_conversions` AS v ON v.`_gn_at` = s.`_gn_at`
  GROUP BY s.`source_system`, s.`source_account`, s.`conversion_type`, s.`currency` ORDER BY s.`source_system`, s.`source_account`, s.`conversion_type`, s.`currency`;

SELECT `epoch`, `batch_id`, `committed_at`, `finished`, `states`
  FROM `_gn_commits`
  WHERE `connection` = "default" ORDER BY `epoch`, `committed_at`;

SELECT `customer_id`, MAX(`layout`) AS `layout`
  FROM `_gn_commits`
  GROUP BY `customer_id`;

SELECT `namespace` AS `namespace`, `stream` AS `stream`, `table_name` AS `table`, `column_name` AS `column`, `property` AS `property`, `type` AS `type`, `position` AS `position`, `kept` AS `kept`, `key` AS `key`, `cursor` AS `cursor`, `mode` AS `mode`, `connection` AS `connection`
  FROM `_gn_columns` ORDER BY `table_name`, `position`;

INSERT INTO `_gn_commits` (`batch_id`, `bytes`, `committed_at`, `connection`, `counts`, `customer_id`, `epoch`, `finished`, `lag_s`, `layout`, `rows`, `source`, `started_at`, `states`, `sync_id`) VALUES ("batch", NULL, TIMESTAMP "2026-07-03T10:00:00Z", NULL, NULL, NULL, 7, TRUE, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
