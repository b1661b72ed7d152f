-- Contents stored more than once, those that waste most first. Zeros count like any other content.
-- Images that cannot be read are left out.
SELECT sha2(data, 256) AS digest,
       count(*) AS copies,
       count(DISTINCT path) AS images,
       count(DISTINCT _format) AS formats,
       sum(length) - max(length) AS wasted_bytes
FROM images.`${fleet}` WITH ('blockSize' = 65536, 'mode' = 'DROPMALFORMED')
WHERE allocated
GROUP BY digest
HAVING copies > 1
ORDER BY wasted_bytes DESC, digest
LIMIT 20;
