-- Overlays and differencing disks whose parent changed after them: its writer may have broken them. A
-- parent is found by its name, or by its id where nothing else is recorded.
WITH parents AS (
  SELECT path, resolved AS parent
  FROM images.`${fleet}`.references
  WHERE kind IN ('backing file', 'parent name') OR startswith(kind, 'parent locator ')
  UNION
  SELECT child.path, parent.path
  FROM images.`${fleet}`.references AS child
  JOIN images.`${fleet}`.images AS parent ON parent.image_id = child.target_id
  WHERE child.kind = 'parent id')
SELECT overlay.path, overlay.modified, parent.path AS parent, parent.modified AS parent_modified
FROM parents
JOIN images.`${fleet}`.images AS overlay ON overlay.path = parents.path
JOIN images.`${fleet}`.images AS parent ON parent.path = parents.parent
WHERE parent.modified > overlay.modified
ORDER BY parent.modified - overlay.modified DESC, overlay.path;
