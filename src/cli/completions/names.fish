# The names of servers, groups and projects, as they are now.
complete -c ostler -n "__fish_seen_subcommand_from NAMED" -f -a "(ostler complete-names 2>/dev/null)"
complete -c ostler -n "__fish_seen_subcommand_from events" -l server -x -a "(ostler complete-names 2>/dev/null)"
