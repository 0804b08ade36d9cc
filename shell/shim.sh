#!/bin/sh
# aiwrap shim: made by `aiwrap shell install`, taken away by `aiwrap shell uninstall`
exec @COMMAND@ "$@"
