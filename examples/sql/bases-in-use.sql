-- Files below overlays and differencing disks that these still read from, and how much of it: what must not be
-- deleted. Images whose chains cannot be followed are left out; missing-parents.sql has them.
SELECT host_file AS base, count(DISTINCT path) AS images, sum(length) AS bytes
FROM images.`${fleet}`.extents WITH (chain = 'follow', mode = 'DROPMALFORMED')
WHERE allocated AND depth > 0
GROUP BY host_file
ORDER BY bytes DESC, base;
