# aiwrap: vendor CLIs go through it by their plain names. Keep this last among what
# changes PATH.
case "$PATH:" in
    @SHIMS@:*) ;;
    *) export PATH=@SHIMS@:"$PATH" ;;
esac
hash -r
