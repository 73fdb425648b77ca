use tokio::{sync::oneshot, task::JoinHandle};

/// A server in the background that ends when told to, or when it is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Background {
    /// Runs what `serve` makes of the signal to stop.
    pub(crate) fn spawn<F>(serve: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop: Some(stop), task: tokio::spawn(serve(stopped)) }
    }

    /// Lets what is running finish, and waits for it.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        // A panic of the server's task has been reported where it happened.
        let _ = self.task.await;
    }
}
