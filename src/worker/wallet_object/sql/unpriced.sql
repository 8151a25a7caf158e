SELECT entry, hash FROM journal WHERE seq IN (
SELECT seq FROM (SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) - bytes AS before
FROM (SELECT seq, length(CAST(entry AS BLOB)) AS bytes FROM journal
WHERE instr(entry, '"warnings":[') > 0 AND substr(op, 1, 10) <> 'authorize:'
AND seq < CAST(?1 AS INTEGER) ORDER BY seq DESC LIMIT CAST(?2 AS INTEGER)))
WHERE before < CAST(?3 AS INTEGER)) ORDER BY seq DESC
