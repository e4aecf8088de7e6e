-- Reports, each with its code, who sent it, when, whether it is urgent, files, and of these how many
-- the provider viewed and how many it did not view but anybody could see.
SELECT digest, report,
       coalesce(max(value) FILTER (kind = 'report'), ''), coalesce(max(more) FILTER (kind = 'report'), ''),
       max(instant) FILTER (kind = 'report'), coalesce(bool_or(kind = 'urgent'), false),
       count(*) FILTER (kind = 'file'),
       count(*) FILTER (kind = 'file' AND coalesce(viewed, false)),
       count(*) FILTER (kind = 'file' AND NOT coalesce(viewed, false) AND coalesce(public, false))
FROM mark GROUP BY digest, report ORDER BY digest, report
