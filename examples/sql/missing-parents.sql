-- Images that cannot be read whole, because a parent is not among the images: by its id where the child
-- recorded one, else by its name. Level 1 is the child of the missing parent, those above it stand on
-- it. Needs Spark 4.1 or later.
WITH RECURSIVE links AS (
  SELECT pointer.path,
         pointer.target,
         pointer.target_id,
         if(pointer.target_id IS NULL, named.path, known.path) AS parent
  FROM images.`${fleet}`.references AS pointer
  LEFT JOIN images.`${fleet}`.images AS named ON named.path = pointer.resolved
  LEFT JOIN images.`${fleet}`.images AS known ON known.image_id = pointer.target_id
  WHERE pointer.kind IN ('backing file', 'parent name', 'parent id')
     OR startswith(pointer.kind, 'parent locator ')),
missing AS (
  SELECT path,
         array_sort(collect_set(nullif(target, ''))) AS parent_names,
         max(target_id) AS parent_id
  FROM links
  GROUP BY path
  HAVING count(parent) = 0),
broken(path, level, base) AS (
  SELECT path, 1, path
  FROM missing
  UNION ALL
  SELECT child.path, broken.level + 1, broken.base
  FROM broken
  JOIN (SELECT DISTINCT path, parent FROM links) AS child ON child.parent = broken.path
  WHERE broken.level < 64)
SELECT broken.path, broken.level, missing.parent_names, missing.parent_id
FROM broken
JOIN missing ON missing.path = broken.base
ORDER BY broken.base, broken.level, broken.path;
