-- Images with many leaked clusters, no corruption, and all leaks within one window of 512 MiB of the
-- guest's disk, which is what one L2 table maps. That is the trace of a published error, which lost
-- such a table and the data under it: look into these before a repair frees the clusters. A leaked
-- cluster has no guest offset any more; it is placed by the mapped extent nearest below it in the
-- file, as clusters are handed out in the order they are written.
WITH leaky AS (
  SELECT path, leaks
  FROM images.`${fleet}`.checks
  WHERE format = 'qcow2' AND corruptions = 0 AND leaks >= 16),
leaked AS (
  SELECT path, host_offset, CAST(NULL AS BIGINT) AS guest_end, `count` AS clusters
  FROM images.`${fleet}`.findings
  WHERE kind = 'QCOW2_LEAKED_CLUSTER'),
mapped AS (
  SELECT path, host_offset, `offset` + length AS guest_end, 0 AS clusters
  FROM images.`${fleet}`.extents WITH ('mode' = 'DROPMALFORMED')
  WHERE allocated AND host_offset IS NOT NULL),
placed AS (
  SELECT path,
         clusters,
         (last_value(guest_end) IGNORE NULLS OVER (PARTITION BY path ORDER BY host_offset) - 1)
           DIV 536870912 AS window
  FROM (TABLE leaked UNION ALL TABLE mapped)
  LEFT SEMI JOIN leaky USING (path))
SELECT path,
       leaks,
       sum(clusters) FILTER (WHERE window IS NOT NULL) AS placed,
       min(window) * 536870912 AS window_offset
FROM placed JOIN leaky USING (path)
WHERE clusters > 0
GROUP BY path, leaks
HAVING min(window) = max(window)
ORDER BY leaks DESC, path;
