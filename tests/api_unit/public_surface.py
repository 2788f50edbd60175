"""The public names of Ray 2.60 and their parameters, and what raylite leaves out on purpose.

Read from Ray itself with ``inspect.signature``. In brackets are a name's parameters, if it has any:
those with a default end with ``=``, those behind ``*`` are given by name. Exceptions stand with the
classes above them. What no program writes down is not here: the constructors of handles, refs and
contexts, and parameters that begin with an underscore.
"""

from typing import Final

__all__ = ["EXCEPTIONS", "LEFT_OUT", "NAMES"]

NAMES: Final[dict[str, str]] = {
    "ray": (
        "ActorClassID; ActorClassID.binary; ActorClassID.from_binary(id_bytes); "
        "ActorClassID.from_hex(hex_id); ActorClassID.from_random; ActorClassID.hex; "
        "ActorClassID.is_nil; ActorClassID.nil; ActorClassID.redis_shard_hash; "
        "ActorClassID.size; ActorID; ActorID.binary; ActorID.from_binary(id_bytes); "
        "ActorID.from_hex(hex_id); ActorID.from_random; ActorID.hex; ActorID.is_nil; "
        "ActorID.job_id; ActorID.nil; ActorID.of(job_id, parent_task_id, parent_task_counter); "
        "ActorID.redis_shard_hash; ActorID.size; ClientBuilder(address); ClientBuilder.connect; "
        "ClientBuilder.env(env); ClientBuilder.namespace(namespace); DynamicObjectRefGenerator; "
        "FunctionID; FunctionID.binary; FunctionID.from_binary(id_bytes); "
        "FunctionID.from_hex(hex_id); FunctionID.from_random; FunctionID.hex; "
        "FunctionID.is_nil; FunctionID.nil; FunctionID.redis_shard_hash; FunctionID.size; "
        "JobID; JobID.binary; JobID.from_binary(id_bytes); JobID.from_hex(hex_id); "
        "JobID.from_int; JobID.hex; JobID.int; JobID.is_nil; JobID.nil; JobID.redis_shard_hash; "
        "JobID.size; Language; Language.CPP; Language.JAVA; Language.PYTHON; Language.value; "
        "LoggingConfig(encoding=, log_level=, additional_log_standard_attrs=); "
        "LoggingConfig.encoding; LoggingConfig.from_dict(d); LoggingConfig.log_level; "
        "LoggingConfig.to_dict; NodeID; NodeID.binary; NodeID.from_binary(id_bytes); "
        "NodeID.from_hex(hex_id); NodeID.from_random; NodeID.hex; NodeID.is_nil; NodeID.nil; "
        "NodeID.redis_shard_hash; NodeID.size; ObjectID; ObjectRef; ObjectRef.as_future; "
        "ObjectRef.binary; ObjectRef.call_site; ObjectRef.from_binary(id_bytes); "
        "ObjectRef.from_hex(hex_id); ObjectRef.from_random; ObjectRef.future; ObjectRef.hex; "
        "ObjectRef.is_nil; ObjectRef.job_id; ObjectRef.nil; ObjectRef.owner_address; "
        "ObjectRef.redis_shard_hash; ObjectRef.size; ObjectRef.task_id; "
        "ObjectRef.tensor_transport; ObjectRefGenerator; ObjectRefGenerator.aclose; "
        "ObjectRefGenerator.asend; ObjectRefGenerator.athrow; ObjectRefGenerator.close; "
        "ObjectRefGenerator.completed; ObjectRefGenerator.is_finished; "
        "ObjectRefGenerator.next_ready; ObjectRefGenerator.send; ObjectRefGenerator.throw; "
        "PlacementGroupID; PlacementGroupID.binary; PlacementGroupID.from_binary(id_bytes); "
        "PlacementGroupID.from_hex(hex_id); PlacementGroupID.from_random; PlacementGroupID.hex; "
        "PlacementGroupID.is_nil; PlacementGroupID.nil; PlacementGroupID.of(job_id); "
        "PlacementGroupID.redis_shard_hash; PlacementGroupID.size; SCRIPT_MODE; TaskID; "
        "TaskID.actor_id; TaskID.binary; TaskID.for_actor_creation_task(actor_id); "
        "TaskID.for_actor_task(job_id, parent_task_id, parent_task_counter, actor_id); "
        "TaskID.for_driver_task(job_id); TaskID.for_fake_task(job_id); "
        "TaskID.for_normal_task(job_id, parent_task_id, parent_task_counter); "
        "TaskID.from_binary(id_bytes); TaskID.from_hex(hex_id); TaskID.hex; TaskID.is_nil; "
        "TaskID.job_id; TaskID.nil; TaskID.redis_shard_hash; TaskID.size; UniqueID; "
        "UniqueID.binary; UniqueID.from_binary(id_bytes); UniqueID.from_hex(hex_id); "
        "UniqueID.from_random; UniqueID.hex; UniqueID.is_nil; UniqueID.nil; "
        "UniqueID.redis_shard_hash; UniqueID.size; WORKER_MODE; WorkerID; WorkerID.binary; "
        "WorkerID.from_binary(id_bytes); WorkerID.from_hex(hex_id); WorkerID.from_random; "
        "WorkerID.hex; WorkerID.is_nil; WorkerID.nil; WorkerID.redis_shard_hash; WorkerID.size; "
        "_config; actor; autoscaler; available_resources; cancel(ray_waitable, *, force=, "
        "recursive=); client(address=); cluster_resources; cpp_function; data; get(object_refs, "
        "*, timeout=); get_actor(name, namespace=); get_gpu_ids; get_runtime_context; "
        "init(address=, *, num_cpus=, num_gpus=, resources=, labels=, object_store_memory=, "
        "local_mode=, ignore_reinit_error=, include_dashboard=, dashboard_host=, "
        "dashboard_port=, job_config=, configure_logging=, logging_level=, logging_format=, "
        "logging_config=, log_to_driver=, namespace=, runtime_env=, enable_resource_isolation=, "
        "cgroup_path=, system_reserved_cpu=, system_reserved_memory=, proxy_server_url=, "
        "**kwargs); internal; is_initialized; java_actor_class; java_function; kill(actor, *, "
        "no_restart=); method(*args, **kwargs); nodes; put(value, *); remote(*args, **kwargs); "
        "shutdown(*, wait_for_processes=); timeline(filename=); util; wait(ray_waitables, *, "
        "num_returns=, timeout=, fetch_local=); widgets; workflow"
    ),
    "ray.actor": (
        "ActorClass; ActorClass.bind(*args, **kwargs); ActorClass.options(**actor_options); "
        "ActorClass.remote(*args, **kwargs); ActorClassInheritanceException; ActorHandle; "
        "ActorMethod; ActorMethod.bind(*args, **kwargs); ActorMethod.options(**options); "
        "ActorMethod.remote(*args, **kwargs); exit_actor; method(*args, **kwargs)"
    ),
    "ray.runtime_context": (
        "RuntimeContext; RuntimeContext.actor_id; RuntimeContext.current_actor; "
        "RuntimeContext.current_placement_group_id; RuntimeContext.gcs_address; "
        "RuntimeContext.get; RuntimeContext.get_accelerator_ids; RuntimeContext.get_actor_id; "
        "RuntimeContext.get_actor_name; RuntimeContext.get_assigned_resources; "
        "RuntimeContext.get_job_id; RuntimeContext.get_node_id; RuntimeContext.get_node_labels; "
        "RuntimeContext.get_placement_group_id; RuntimeContext.get_resource_ids; "
        "RuntimeContext.get_runtime_env_string; RuntimeContext.get_session_name; "
        "RuntimeContext.get_task_function_name; RuntimeContext.get_task_id; "
        "RuntimeContext.get_task_name; RuntimeContext.get_temp_dir; "
        "RuntimeContext.get_worker_id; RuntimeContext.is_canceled; RuntimeContext.job_id; "
        "RuntimeContext.namespace; RuntimeContext.node_id; RuntimeContext.runtime_env; "
        "RuntimeContext.should_capture_child_tasks_in_placement_group; RuntimeContext.task_id; "
        "RuntimeContext.was_current_actor_reconstructed; get_runtime_context"
    ),
    "ray.util": (
        "ActorPool(actors); ActorPool.get_next(timeout=, ignore_if_timedout=); "
        "ActorPool.get_next_unordered(timeout=, ignore_if_timedout=); ActorPool.has_free; "
        "ActorPool.has_next; ActorPool.map(fn, values); ActorPool.map_unordered(fn, values); "
        "ActorPool.pop_idle; ActorPool.push(actor); ActorPool.submit(fn, value); accelerators; "
        "as_completed(refs, *, chunk_size=, yield_obj_refs=, **kwargs); collective; "
        "connect(conn_str, secure=, metadata=, connection_retries=, job_config=, namespace=, *, "
        "ignore_version=, ray_init_kwargs=); deregister_serializer(cls); "
        "disable_log_once_globally; disconnect; enable_periodic_logging; "
        "get_current_placement_group; get_node_instance_id; get_node_ip_address(address=); "
        "get_placement_group(placement_group_name); inspect_serializability(base_obj, name=, "
        "depth=, print_file=); iter; list_named_actors(all_namespaces=); log_once(key); "
        "map_unordered(fn, items, *, backpressure_size=, chunk_size=, yield_obj_refs=, "
        "**kwargs); pdb; placement_group(bundles, strategy=, name=, lifetime=, "
        "bundle_label_selector=, topology_strategy=); placement_group_table(placement_group=); "
        "ray_debugpy; register_serializer(cls, *, serializer, deserializer); "
        "remove_placement_group(placement_group)"
    ),
    "ray.util.actor_pool": ("ActorPool(actors)"),
    "ray.util.joblib": ("register_ray"),
    "ray.util.metrics": (
        "Counter(name, description=, tag_keys=); Counter.inc(value=, tags=); Counter.info; "
        "Counter.set_default_tags(default_tags); Gauge(name, description=, tag_keys=); "
        "Gauge.info; Gauge.set(value, tags=); Gauge.set_default_tags(default_tags); "
        "Histogram(name, description=, boundaries=, tag_keys=); Histogram.info; "
        "Histogram.observe(value, tags=); Histogram.set_default_tags(default_tags)"
    ),
    "ray.util.multiprocessing": (
        "JoinableQueue(maxsize=); Pool(processes=, initializer=, initargs=, maxtasksperchild=, "
        "context=, ray_address=, ray_remote_args=); Pool.apply(func, args=, kwargs=); "
        "Pool.apply_async(func, args=, kwargs=, callback=, error_callback=); Pool.close; "
        "Pool.imap(func, iterable, chunksize=); Pool.imap_unordered(func, iterable, "
        "chunksize=); Pool.join; Pool.map(func, iterable, chunksize=); Pool.map_async(func, "
        "iterable, chunksize=, callback=, error_callback=); Pool.starmap(func, iterable, "
        "chunksize=); Pool.starmap_async(func, iterable, callback=, error_callback=); "
        "Pool.terminate; TimeoutError"
    ),
    "ray.util.placement_group": (
        "PlacementGroup; PlacementGroup.bundle_count; PlacementGroup.bundle_specs; "
        "PlacementGroup.empty; PlacementGroup.is_empty; PlacementGroup.ready; "
        "PlacementGroup.wait(timeout_seconds=); check_placement_group_index(placement_group, "
        "bundle_index); get_current_placement_group; get_placement_group(placement_group_name); "
        "placement_group(bundles, strategy=, name=, lifetime=, bundle_label_selector=, "
        "topology_strategy=); placement_group_table(placement_group=); "
        "remove_placement_group(placement_group); validate_placement_group(bundles, strategy=, "
        "lifetime=, bundle_label_selector=, topology_strategy=)"
    ),
    "ray.util.queue": (
        "Empty; Full; Queue(maxsize=, actor_options=); Queue.empty; Queue.full; "
        "Queue.get(block=, timeout=); Queue.get_async(block=, timeout=); Queue.get_nowait; "
        "Queue.get_nowait_batch(num_items); Queue.put(item, block=, timeout=); "
        "Queue.put_async(item, block=, timeout=); Queue.put_nowait(item); "
        "Queue.put_nowait_batch(items); Queue.qsize; Queue.shutdown(force=, grace_period_s=); "
        "Queue.size"
    ),
    "ray.util.scheduling_strategies": (
        "DoesNotExist; Exists; In(*values); NodeAffinitySchedulingStrategy(node_id, soft); "
        "NodeLabelSchedulingStrategy(hard, *, soft=); NotIn(*values); "
        "PlacementGroupSchedulingStrategy(placement_group, placement_group_bundle_index=, "
        "placement_group_capture_child_tasks=)"
    ),
    "ray.util.state": (
        "StateApiClient(address=, cookies=, headers=); StateApiClient.get(resource, id, "
        "options); StateApiClient.get_address; StateApiClient.get_version; "
        "StateApiClient.list(resource, options, raise_on_missing_output); "
        "StateApiClient.summary(resource, *, options, raise_on_missing_output); get_actor(id, "
        "address=, timeout=); get_job(id, address=, timeout=); get_log(address=, node_id=, "
        "node_ip=, filename=, actor_id=, task_id=, pid=, follow=, tail=, timeout=, suffix=, "
        "encoding=, errors=, submission_id=, attempt_number=, filter_ansi_code=); get_node(id, "
        "address=, timeout=); get_objects(id, address=, timeout=); get_placement_group(id, "
        "address=, timeout=); get_task(id, address=, timeout=); get_worker(id, address=, "
        "timeout=); list_actors(address=, filters=, limit=, timeout=, detail=, "
        "raise_on_missing_output=); list_cluster_events(address=, filters=, limit=, timeout=, "
        "detail=, raise_on_missing_output=); list_jobs(address=, filters=, limit=, timeout=, "
        "detail=, raise_on_missing_output=); list_logs(address=, node_id=, node_ip=, "
        "glob_filter=, timeout=); list_nodes(address=, filters=, limit=, timeout=, detail=, "
        "raise_on_missing_output=); list_objects(address=, filters=, limit=, timeout=, detail=, "
        "raise_on_missing_output=); list_placement_groups(address=, filters=, limit=, timeout=, "
        "detail=, raise_on_missing_output=); list_runtime_envs(address=, filters=, limit=, "
        "timeout=, detail=, raise_on_missing_output=); list_tasks(address=, filters=, limit=, "
        "timeout=, detail=, raise_on_missing_output=); list_workers(address=, filters=, limit=, "
        "timeout=, detail=, raise_on_missing_output=); summarize_actors(address=, timeout=, "
        "raise_on_missing_output=); summarize_objects(address=, timeout=, "
        "raise_on_missing_output=); summarize_tasks(address=, timeout=, "
        "raise_on_missing_output=)"
    ),
}
"""By module; separated by semicolons."""

EXCEPTIONS: Final[dict[str, str]] = {
    "ActorAlreadyExistsError": "ValueError, RayError",
    "ActorDiedError": "RayActorError, RayError",
    "ActorHandleNotFoundError": "ValueError, RayError",
    "ActorPlacementGroupRemoved": "RayError",
    "ActorUnavailableError": "RayActorError, RayError",
    "ActorUnschedulableError": "RayError",
    "AsyncioActorExit": "RayError",
    "AuthenticationError": "RayError",
    "CrossLanguageError": "RayError",
    "GetTimeoutError": "RayError, TimeoutError, OSError",
    "LocalRayletDiedError": "RayError",
    "NodeDiedError": "RayError",
    "ObjectFetchTimedOutError": "ObjectLostError, RayError",
    "ObjectFreedError": "ObjectLostError, RayError",
    "ObjectLostError": "RayError",
    "ObjectReconstructionFailedError": "ObjectLostError, RayError",
    "ObjectRefStreamEndOfStreamError": "RayError",
    "ObjectStoreFullError": "RayError",
    "OufOfBandObjectRefSerializationException": "RayError",
    "OutOfDiskError": "RayError",
    "OutOfMemoryError": "RayError",
    "OwnerDiedError": "ObjectLostError, RayError",
    "PendingCallsLimitExceeded": "RayError",
    "PlasmaObjectNotAvailable": "RayError",
    "RayActorError": "RayError",
    "RayCgraphCapacityExceeded": "RaySystemError, RayError",
    "RayChannelError": "RaySystemError, RayError",
    "RayChannelTimeoutError": "RayChannelError, RaySystemError, RayError, TimeoutError, OSError",
    "RayDirectTransportError": "RaySystemError, RayError",
    "RayError": "",
    "RaySystemError": "RayError",
    "RayTaskError": "RayError",
    "ReferenceCountingAssertionError": "ObjectLostError, RayError, AssertionError",
    "RpcError": "RayError",
    "RuntimeEnvSetupError": "RayError",
    "StreamingGeneratorReplayInconsistentError": "RaySystemError, RayError",
    "TaskCancelledError": "RayError",
    "TaskPlacementGroupRemoved": "RayError",
    "TaskUnschedulableError": "RayError",
    "UnserializableException": "RayError",
    "UserCodeException": "RayError",
    "WorkerCrashedError": "RayError",
}
"""Each with all classes above it, up to Exception."""

LEFT_OUT: Final[dict[str, str]] = {
    # Ids are names here: nothing is hidden in them, and nothing is made up from them.
    "ray.*ID.from_random": "an id made up by a program names nothing",
    "ray.*ID.of": "an id holds no other ids",
    "ray.*ID.job_id": "an id holds no other ids",
    "ray.*ID.actor_id": "an id holds no other ids",
    "ray.*ID.for_*": "an id holds no other ids",
    "ray.*ID.redis_shard_hash": "there are no shards",
    "ray.ObjectRef.as_future": "old; Ray itself says asyncio.wrap_future(ref.future())",
    "ray.ObjectRef.from_hex": "Ray refuses it, too",
    "ray.ObjectRef.from_random": "an id made up by a program names nothing",
    "ray.ObjectRef.job_id": "an id holds no other ids",
    "ray.ObjectRef.owner_address": "raylite's own business",
    "ray.ObjectRef.redis_shard_hash": "there are no shards",
    "ray.ObjectRef.tensor_transport": "values travel one way only",
    "ray.ObjectRefGenerator.aclose": "Ray refuses it, too",
    "ray.ObjectRefGenerator.asend": "Ray refuses it, too",
    "ray.ObjectRefGenerator.athrow": "Ray refuses it, too",
    "ray.ObjectRefGenerator.close": "Ray refuses it, too",
    "ray.ObjectRefGenerator.send": "Ray refuses it, too",
    "ray.ObjectRefGenerator.throw": "Ray refuses it, too",
    # Other machines, other languages, other ways to be.
    "ray.ClientBuilder*": "there is no client for other machines",
    "ray.client": "there is no client for other machines",
    "ray.util.connect": "there is no client for other machines",
    "ray.util.disconnect": "there is no client for other machines",
    "ray.Language*": "Python only",
    "ray.cpp_function": "Python only",
    "ray.java_*": "Python only",
    "ray.LoggingConfig*": "Python's own logging is used",
    "ray.SCRIPT_MODE": "Ray's own business",
    "ray.WORKER_MODE": "Ray's own business",
    "ray._config": "Ray's own business",
    "ray.internal": "Ray's own business",
    "ray.widgets": "Ray's own business",
    "ray.autoscaler": "one machine has nothing to scale",
    "ray.data": "a library of its own",
    "ray.workflow": "Ray has taken it out, too",
    "ray.util.collective": "a library of its own",
    "ray.util.iter": "old; Ray Data has taken its place",
    "ray.util.accelerators": "names of kinds of accelerators that raylite cannot tell apart",
    "ray.util.pdb": "no debugger",
    "ray.util.ray_debugpy": "no debugger",
    "ray.actor.ActorClass.bind": "no compiled graphs",
    "ray.actor.ActorMethod.bind": "no compiled graphs",
    "ray.util.multiprocessing.JoinableQueue": "multiprocessing has it, and it reaches no actor",
    "ray.util.placement_group.check_placement_group_index": "placement_group checks by itself",
    "ray.util.placement_group.validate_placement_group": "placement_group checks by itself",
    "ray.util.state.StateApiClient*": "there is no server",
    "ray.util.state.get_log": "what workers print is shown by the driver, and kept in no file",
    "ray.util.state.list_logs": "what workers print is shown by the driver, and kept in no file",
    "ray.util.state.list_cluster_events": "there is no autoscaler that would tell of anything",
    "ray.util.state.list_runtime_envs": "they are shown with jobs and actors",
}
"""Names, ``*`` standing for any letters, and why raylite does not have them."""
