/* What the nodes' settings in the editor share: choices from the API of a server that is deployed. */

(function () {
  "use strict";

  const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
  let lists = 0;

  function isFilledIn(value) {
    return /^\$\{.+\}$/.test(value); // from the environment: known when it runs
  }

  /** A validator: true, or the sentence of the node's own catalogue. */
  function check(fits, key) {
    return function (value, options) {
      if (fits.call(this, value ?? "")) return true;
      return options ? this._(key) : false;
    };
  }

  /** What the server's site has; rejects with a sentence. */
  function look(server) {
    return new Promise((resolve, reject) => {
      $.getJSON("edgetwin/" + encodeURIComponent(server) + "/plant")
        .done(resolve)
        .fail((xhr) => reject(new Error(xhr.responseText || "no answer")));
    });
  }

  /** Offers `choices` ([value, title]) below a text field, in which all else may be typed too. */
  function offer(field, choices) {
    let id = field.attr("list");
    if (!id) {
      lists += 1;
      id = "edgetwin-list-" + lists;
      field.attr("list", id).after($("<datalist>").attr("id", id));
    }
    const options = choices.map(([value, title]) =>
      $("<option>").attr("value", value).text(title),
    );
    $("#" + id)
      .empty()
      .append(options);
  }

  /** Calls `show(plant)` for the server that is chosen, now and when another one is. */
  function follow(show, failed) {
    const field = $("#node-input-server");
    const ask = () => {
      const server = field.val();
      if (!server || server === "_ADD_") return;
      look(server).then(
        (plant) => {
          if (field.val() !== server) return;
          tell(failed, "");
          show(plant);
        },
        (error) => tell(failed, error.message),
      );
    };
    tell(failed, "");
    tell($("#edgetwin-names"), "");
    field.on("change", ask);
    ask();
  }

  /** Tells something below a field; nothing takes no room. */
  function tell(place, text) {
    place.text(text).toggle(text !== "");
  }

  function machines(plant) {
    return plant.machines.map(({ device, asset }) => [device, asset]);
  }

  /** The types of the machine that is named; all of them where it is not known. */
  function types(plant, device) {
    const machine = plant.machines.find((each) => each.device === device);
    return plant.types.filter(({ name }) => !machine || name === machine.asset);
  }

  window.edgetwin = {
    NAME,
    check,
    follow,
    isFilledIn,
    machines,
    offer,
    tell,
    types,
  };
})();
