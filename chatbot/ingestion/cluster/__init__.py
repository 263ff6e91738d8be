"""Reading, cutting and embedding on the machines of a Ray cluster.

Only a process of its own imports Ray (`ray_driver`), because Ray ends the process that uses it when
the cluster is lost. `driver_process` talks to that process. Tasks carry a batch each, of files or
of texts; Ray repeats a batch whose worker or machine is lost. `worker_tasks` is what runs on a
worker, with the reader, the chunker and the model that a build on one machine has.

A build is the same on any number of machines: files are taken in their order, and texts are divided
where the encoder's batches end. `job` has what a worker must agree on before it does anything.
"""
