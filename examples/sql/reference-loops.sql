-- Files that name each other in a circle, and files that name themselves: no chain of these ends. The
-- first file of each circle by name, its length, and the files in the order in which they point. Looks
-- at what the headers say and opens nothing that they name. Needs Spark 4.1 or later.
WITH RECURSIVE pointers AS (
  SELECT path, resolved AS target
  FROM images.`${fleet}`.references
  WHERE resolved IS NOT NULL
  UNION
  -- A parent known by its id alone may be any image of that id.
  SELECT child.path, parent.path
  FROM images.`${fleet}`.references AS child
  JOIN images.`${fleet}`.images AS parent ON parent.image_id = child.target_id
  WHERE child.kind = 'parent id'),
-- From every target back to what leads there. The other way round Spark 4.2.0 would prune the scan by
-- path at run time, which fails within a recursion.
walks(target, path, files) AS (
  SELECT target, path, array(path)
  FROM pointers
  UNION ALL
  SELECT walks.target, pointers.path, array_prepend(walks.files, pointers.path)
  FROM walks
  JOIN pointers ON pointers.target = walks.path
  -- Every walk that comes into a circle ends with it.
  WHERE size(walks.files) < 64 AND NOT array_contains(walks.files, pointers.path))
SELECT path, size(files) AS length, files
FROM walks
WHERE path = target AND path = array_min(files)
ORDER BY path, length;
