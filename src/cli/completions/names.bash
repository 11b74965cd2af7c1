# The names of servers, groups and projects, as they are now.
_ostler_with_names() {
    _ostler "$@"
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" i names
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${COMP_WORDS[i]}" in
            NAMED) command="${COMP_WORDS[i]}"; break ;;
            events) [[ "$before" == --server ]] && command=events; break ;;
        esac
    done
    case "$command:$word" in
        :* | *:-*) return ;;
    esac
    names="$(ostler complete-names 2>/dev/null)"
    # bash takes `@` as a word of its own
    if [[ "$word" == @ ]]; then
        names="$(sed -n 's/^@//p' <<<"$names")" word=""
    elif [[ "$before" == @ ]]; then
        names="$(sed -n 's/^@//p' <<<"$names")"
    fi
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$names" -- "$word")
}
complete -F _ostler_with_names -o nosort -o bashdefault -o default ostler 2>/dev/null ||
    complete -F _ostler_with_names -o bashdefault -o default ostler
