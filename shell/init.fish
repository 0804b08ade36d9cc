# aiwrap: plain `claude` goes through aiwrap. Keep this behind whatever else changes PATH.
if test "$PATH[1]" != @SHIMS@
    set -gx PATH @SHIMS@ $PATH
end
