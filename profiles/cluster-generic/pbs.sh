# PBS Professional and OpenPBS. The server has to remember finished jobs: qmgr -c 'set server job_history_enable=true'.
site=()            # for instance: site=(-q short -P my_project)

submit() {
  local time
  time=$(printf '%02d:%02d:00' $(($5 / 60)) $(($5 % 60)))
  qsub -N "$1" -l "select=1:ncpus=$(($2 * $3)):mpiprocs=$3:mem=$4mb" -l "walltime=$time" -j oe -o "$6" \
    -V "${site[@]}" "$7"
}

state() {
  local found
  found=$(qstat -x -f "$1" 2> /dev/null) || { echo running; return; }
  case $(sed -n 's/^ *job_state = //p' <<< "$found") in
    F) if [ "$(sed -n 's/^ *Exit_status = //p' <<< "$found")" = 0 ]; then echo success; else echo failed; fi ;;
    *) echo running ;;
  esac
}

cancel() { qdel "$@"; }
