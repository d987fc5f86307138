# IBM Spectrum LSF 10.1 and newer. bjobs has to remember finished jobs: CLEAN_PERIOD in lsb.params.
site=()            # for instance: site=(-q normal -P my_project)

submit() {
  bsub -J "$1" -n "$(($2 * $3))" -R "span[hosts=1] rusage[mem=$4MB]" -M "$4MB" -W "$5" -oo "$6" "${site[@]}" < "$7" \
    | sed -n 's/^Job <\([0-9]*\)>.*/\1/p'
}

state() {
  case $(bjobs -noheader -o stat "$1" 2> /dev/null) in
    DONE) echo success ;;
    EXIT) echo failed ;;
    *) echo running ;;
  esac
}

cancel() { bkill "$@"; }
