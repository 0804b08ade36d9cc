# aiwrap: plain `claude` goes through aiwrap. Keep this behind whatever else changes PATH.
case "$PATH:" in
    @SHIMS@:*) ;;
    *) export PATH=@SHIMS@:"$PATH" ;;
esac
hash -r
