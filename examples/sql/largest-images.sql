-- The images that store most, and how much of their disk that is.
--
--   spark-sql --jars connector/spark/target/spark-diskimage-0.1.0-SNAPSHOT.jar \
--     --conf spark.sql.catalog.images=io.diskimage.spark.DiskImageCatalog \
--     -d fleet=/vm -f examples/sql/largest-images.sql
--
-- runs it on the images below /vm, and likewise the other files here. The column offset is always
-- quoted: it is a keyword of Spark's SQL.
SELECT path,
       format,
       virtual_size,
       allocated_size,
       round(100 * allocated_size / virtual_size, 1) AS percent
FROM images.`${fleet}`.images
WHERE allocated_size IS NOT NULL
ORDER BY allocated_size DESC, path
LIMIT 10;
