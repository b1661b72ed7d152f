-- All internal snapshots, the oldest first: a list of what nobody may need any more.
SELECT created, path, id, name, virtual_size, vm_state_size
FROM images.`${fleet}`.snapshots
ORDER BY created, path, id;
