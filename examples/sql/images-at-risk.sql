-- Images to look after: corrupt by their check or by their own mark, not closed properly (dirty), of
-- the old qcow2 version 2, or with an L1 table of more than 1 MiB, which QEMU reads as a whole
-- whenever it opens the image.
SELECT *
FROM (
  SELECT i.path,
         i.format,
         virtual_size,
         array_compact(array(
           CASE WHEN c.verdict = 'corrupt' THEN 'corrupt' END,
           CASE WHEN corrupt THEN 'marked corrupt' END,
           CASE WHEN dirty THEN 'dirty' END,
           CASE WHEN i.format = 'qcow2' AND format_version = '2' THEN 'version 2' END,
           CASE WHEN 8 * CAST(header['l1_size'] AS BIGINT) > 1048576 THEN 'huge L1 table' END))
           AS risks
  FROM images.`${fleet}`.images AS i
  LEFT JOIN images.`${fleet}`.checks AS c ON c.path = i.path)
WHERE size(risks) > 0
ORDER BY size(risks) DESC, path;
