-- What each data centre would get back: leaked clusters and bytes that nothing uses. A data centre
-- is a directory of the fleet; files right in the fleet have none.
SELECT regexp_extract(
         substring(path, instr(path, '${fleet}') + length('${fleet}')), '^/([^/]*)/', 1)
         AS data_centre,
       count(*) AS files,
       count_if(verdict = 'leaks') AS leaking,
       count_if(verdict = 'corrupt') AS corrupt,
       sum(leaks + beyond_leaks) AS leaked_clusters,
       sum(reclaimable_bytes) AS reclaimable_bytes
FROM images.`${fleet}`.checks
GROUP BY data_centre
ORDER BY reclaimable_bytes DESC NULLS LAST, data_centre;
