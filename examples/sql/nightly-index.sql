-- Writes the index of a fleet, or renews it: only images that are new or have changed since the last
-- time are opened. The name of its directory begins with _, so that it is not taken for images.
CALL images.system.build_index(path => '${fleet}', index => '${fleet}/_index');
