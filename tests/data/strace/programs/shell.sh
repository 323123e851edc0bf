# A pipeline, a redirection, a here document, a subshell in the background: what a shell does with descriptors.
echo one two | tr o 0 | wc -w > /tmp/count
cat < /tmp/count
cat <<END
here
END
(exec 3>/tmp/three; echo three >&3) &
wait
exit 4
