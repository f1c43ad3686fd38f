"""The administrators' web: server-rendered pages under /admin, one vendored script."""
