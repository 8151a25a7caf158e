SELECT entry, hash FROM journal WHERE seq IN (
SELECT seq FROM (SELECT seq, SUM(bytes) OVER (ORDER BY seq) - bytes AS before
FROM (SELECT seq, length(CAST(entry AS BLOB)) AS bytes FROM journal
WHERE seq > COALESCE((SELECT seq FROM told), 0)
AND (substr(op, 1, instr(op, ':')) IN ('event:', 'hold:', 'tx:', 'open:', 'subscribe:', 'sub:', 'price:',
'reverse:', 'minimum:', 'refund:', 'dispute:') OR substr(op, 1, 10) = 'stripe:in:')
ORDER BY seq LIMIT 200)) WHERE before < CAST(?1 AS INTEGER)) ORDER BY seq
