# aiwrap: vendor CLIs go through it by their plain names. Keep this last among what
# changes PATH.
if test "$PATH[1]" != @SHIMS@
    set -gx PATH @SHIMS@ $PATH
end
