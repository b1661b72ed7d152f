-- Why files are not readable: those that do not open, and those whose blocks are refused or damaged.
-- Reads the tables of the images, not their data.
SELECT path, error.class AS class, error.message AS message, CAST(NULL AS BIGINT) AS `offset`
FROM images.`${fleet}`.images
WHERE error IS NOT NULL
UNION
SELECT path, _error.class, _error.message, `offset`
FROM images.`${fleet}` WITH ('mode' = 'PERMISSIVE')
WHERE allocated IS NULL
ORDER BY path, `offset`;
