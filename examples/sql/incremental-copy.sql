-- What a copy of one disk taken at one snapshot lacks of a later one, told from the tables of both
-- alone: no data is compared (Spark 4.2 or later).
SELECT `offset`, length, _change_type, allocated
FROM images.`${fleet}/dc1/db/db-01.qcow2`
  CHANGES FROM VERSION 'before-upgrade' TO VERSION 'grown'
-- Where the disk has grown, what is not allocated reads as zero, as new disks do.
WHERE allocated OR _change_type <> 'insert'
ORDER BY `offset`;
