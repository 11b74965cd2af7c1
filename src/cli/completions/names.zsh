
# The names of servers, groups and projects, as they are now.
_ostler_names() {
    local -a names
    names=(${(f)"$(ostler complete-names 2>/dev/null)"})
    compadd -a names
}
