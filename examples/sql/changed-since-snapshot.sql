-- Time travel: the blocks of one disk that differ from an internal snapshot of it.
SELECT coalesce(now.`offset`, old.`offset`) AS `offset`,
       CASE
         WHEN old.`offset` IS NULL THEN 'new'
         WHEN now.`offset` IS NULL THEN 'gone'
         ELSE 'changed'
       END AS change
FROM (SELECT `offset`, sha2(data, 256) AS digest
      FROM images.`${fleet}/dc1/db/db-01.qcow2`
      WHERE allocated) AS now
FULL JOIN (SELECT `offset`, sha2(data, 256) AS digest
           FROM images.`${fleet}/dc1/db/db-01.qcow2` VERSION AS OF 'before-upgrade'
           WHERE allocated) AS old
  ON now.`offset` = old.`offset`
WHERE now.digest IS DISTINCT FROM old.digest
ORDER BY `offset`;
