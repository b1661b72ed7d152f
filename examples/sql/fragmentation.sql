-- How scattered the data of each image is: in how many runs it lies, how long they are, and how often
-- the next run does not follow the one before it in the file. Reads the tables of the images only.
WITH runs AS (
  SELECT path,
         length,
         host_offset,
         lag(host_offset + length) OVER (PARTITION BY path ORDER BY `offset`) AS previous_end
  FROM images.`${fleet}`.extents WITH ('mode' = 'DROPMALFORMED')
  WHERE allocated)
SELECT path,
       count(*) AS runs,
       CAST(avg(length) AS BIGINT) AS average_bytes,
       count_if(host_offset <> previous_end) AS jumps
FROM runs
GROUP BY path
ORDER BY runs DESC, path;
