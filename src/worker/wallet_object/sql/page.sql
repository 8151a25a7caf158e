SELECT entry, hash FROM journal WHERE seq < CAST(?1 AS INTEGER) AND seq >= (
SELECT MIN(seq) FROM (SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) - bytes AS before
FROM (SELECT seq, length(CAST(entry AS BLOB)) AS bytes FROM journal
WHERE seq < CAST(?1 AS INTEGER) ORDER BY seq DESC LIMIT CAST(?2 AS INTEGER)))
WHERE before < CAST(?3 AS INTEGER)) ORDER BY seq DESC
