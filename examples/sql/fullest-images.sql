-- The images whose disks are stored to three quarters or more, by the index of nightly-index.sql:
-- none that it knows is opened.
SELECT path,
       format,
       virtual_size,
       allocated_size,
       round(100 * allocated_size / virtual_size, 1) AS percent
FROM images.`${fleet}`.images WITH (index = '${fleet}/_index')
WHERE allocated_size IS NOT NULL
  AND allocated_size >= 0.75 * virtual_size
ORDER BY percent DESC, path;
