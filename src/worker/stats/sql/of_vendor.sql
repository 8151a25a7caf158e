AND (one.value->>3 = ?5 OR one.value->>4 = (SELECT external_id FROM vendor
  WHERE vendor.account_id = ?1 AND vendor.mode = ?2 AND vendor.id = ?5))
AND (?6 IS NULL OR COALESCE(one.value->>5, 'uncategorized') = ?6)
