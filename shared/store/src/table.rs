use crate::{
    Store, StoreError,
    error::failed,
    item::corrupt,
    lists::{FORMER_INDEXES, INDEXES, Index},
};
use aws_sdk_dynamodb::{
    error::BuildError,
    operation::{create_table::CreateTableError, describe_table::DescribeTableError},
    types::{
        AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction,
        GlobalSecondaryIndex, GlobalSecondaryIndexUpdate, IndexStatus, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription, TableStatus, TimeToLiveSpecification,
        TimeToLiveStatus,
    },
};
use std::time::{Duration, Instant};

/// A new table can be used after so long, or not at all.
const MADE_WITHIN: Duration = Duration::from_mins(2);
/// The same for an index of a table that is full.
const FILLED_WITHIN: Duration = Duration::from_hours(1);

impl Store {
    /// Makes the table with its indexes, stream and TTL where it is missing, and waits until it can be used. The deployed
    /// table is made by the stack; this is for the shop on one machine and for tests.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the service does not answer or refuses it.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        if self.is_active().await? {
            // Who made it may have stopped before this.
            return self.let_expire().await;
        }
        let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
        let table = self
            .client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(schema("").map_err(corrupt)?))
            .set_attribute_definitions(Some(definitions(&["", INDEXES[0].name, INDEXES[1].name]).map_err(corrupt)?))
            .set_global_secondary_indexes(Some(INDEXES.iter().map(index).collect::<Result<_, _>>().map_err(corrupt)?))
            .stream_specification(stream.build().map_err(corrupt)?);
        match table.send().await {
            // Made by the try whose answer was lost, or by somebody else at the same time.
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {}
            made => drop(made.map_err(|e| failed(&e))?),
        }
        let deadline = Instant::now() + MADE_WITHIN;
        while !self.is_active().await? {
            if Instant::now() > deadline {
                return Err(StoreError::Unavailable("the new table does not become active".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.let_expire().await
    }

    /// Switches TTL on where it is off.
    async fn let_expire(&self) -> Result<(), StoreError> {
        // Who may not ask has not made the table.
        let Ok(answer) = self.client.describe_time_to_live().table_name(&self.table).send().await else { return Ok(()) };
        let status = answer.time_to_live_description.and_then(|ttl| ttl.time_to_live_status);
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build();
        let ttl = ttl.map_err(crate::item::corrupt)?;
        self.client
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(ttl)
            .send()
            .await
            .map_err(|e| failed(&e))?;
        Ok(())
    }

    async fn is_active(&self) -> Result<bool, StoreError> {
        Ok(self.described().await?.and_then(|table| table.table_status) == Some(TableStatus::Active))
    }

    async fn described(&self) -> Result<Option<TableDescription>, StoreError> {
        match self.client.describe_table().table_name(&self.table).send().await {
            Ok(answer) => Ok(answer.table),
            Err(error) if error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The names of the table's indexes, and whether each can be used.
    pub(crate) async fn indexes(&self) -> Result<Vec<(String, bool)>, StoreError> {
        let indexes = self.described().await?.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
        let with_state = |index: aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription| {
            // An engine on one machine may not say; then there is nothing to wait for.
            Some((index.index_name?, index.index_status.is_none_or(|status| status == IndexStatus::Active)))
        };
        Ok(indexes.into_iter().filter_map(with_state).collect())
    }

    /// Makes those indexes that are missing, one after the other, as DynamoDB wants it. Those of a deployed table are the
    /// stack's.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the service does not answer or refuses it.
    pub async fn add_indexes(&self) -> Result<(), StoreError> {
        for wanted in &INDEXES {
            if self.indexes().await?.iter().any(|(name, _)| name == wanted.name) {
                continue;
            }
            let made = index(wanted).map_err(corrupt)?;
            let create = CreateGlobalSecondaryIndexAction::builder()
                .index_name(made.index_name)
                .set_key_schema(Some(made.key_schema))
                .set_projection(made.projection)
                .build()
                .map_err(corrupt)?;
            let update = self.client.update_table().table_name(&self.table);
            let update = update.set_attribute_definitions(Some(definitions(&["", wanted.name]).map_err(corrupt)?));
            let update = update.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(create).build());
            update.send().await.map_err(|e| failed(&e))?;
            self.settled().await?;
        }
        Ok(())
    }

    /// Removes the former indexes.
    pub(crate) async fn drop_former_indexes(&self) -> Result<(), StoreError> {
        for (name, _) in self.indexes().await?.into_iter().filter(|(name, _)| FORMER_INDEXES.contains(&name.as_str())) {
            let delete = DeleteGlobalSecondaryIndexAction::builder().index_name(name).build().map_err(corrupt)?;
            let update = self.client.update_table().table_name(&self.table);
            let update = update.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().delete(delete).build());
            update.send().await.map_err(|e| failed(&e))?;
            self.settled().await?;
        }
        Ok(())
    }

    /// Waits until the table and all its indexes can be used.
    async fn settled(&self) -> Result<(), StoreError> {
        let deadline = Instant::now() + FILLED_WITHIN;
        while !(self.is_active().await? && self.indexes().await?.iter().all(|(_, active)| *active)) {
            if Instant::now() > deadline {
                return Err(StoreError::Unavailable("the table's indexes do not become active".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// The table's stream, for who reads it without Lambda.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the service does not answer or refuses it.
    pub async fn stream_arn(&self) -> Result<Option<String>, StoreError> {
        let answer = self.client.describe_table().table_name(&self.table).send().await.map_err(|e| failed(&e))?;
        Ok(answer.table.and_then(|t| t.latest_stream_arn))
    }
}

/// The keys of an index; those of the table where the name is empty.
fn schema(name: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    [("pk", KeyType::Hash), ("sk", KeyType::Range)]
        .into_iter()
        .map(|(key, kind)| KeySchemaElement::builder().attribute_name(format!("{name}{key}")).key_type(kind).build())
        .collect()
}

/// The types of the keys of these.
fn definitions(names: &[&str]) -> Result<Vec<AttributeDefinition>, BuildError> {
    let keys = names.iter().flat_map(|name| ["pk", "sk"].map(|key| format!("{name}{key}")));
    keys.map(|key| AttributeDefinition::builder().attribute_name(key).attribute_type(ScalarAttributeType::S).build()).collect()
}

fn index(index: &Index) -> Result<GlobalSecondaryIndex, BuildError> {
    let shown = index.shows.iter().map(ToString::to_string).collect();
    let projection = Projection::builder().projection_type(ProjectionType::Include).set_non_key_attributes(Some(shown)).build();
    let made = GlobalSecondaryIndex::builder().index_name(index.name).set_key_schema(Some(schema(index.name)?));
    made.projection(projection).build()
}
