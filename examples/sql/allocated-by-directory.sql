-- Allocated and virtual bytes of each directory, and the files in it that are not readable images.
SELECT regexp_extract(path, '^(.*)/[^/]*$', 1) AS directory,
       count(*) AS files,
       count_if(error IS NOT NULL) AS unreadable,
       sum(virtual_size) AS virtual_bytes,
       sum(allocated_size) AS allocated_bytes
FROM images.`${fleet}`.images
GROUP BY directory
ORDER BY allocated_bytes DESC NULLS LAST, directory;
